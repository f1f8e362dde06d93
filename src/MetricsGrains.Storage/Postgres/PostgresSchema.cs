using MetricsGrains.Core.Ports;
using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Brings a database to the schema this program knows, or refuses it. Several nodes may do so at once.</summary>
/// <param name="nowMs">Partitions are made for now and a day ahead.</param>
internal sealed class PostgresSchema(string database, bool readOnly, long nowMs, IReadOnlyList<Migration> migrations)
{
    private readonly Migrator _migrator = new(database, "metricsgrains_migration", migrations);

    public async Task<PostgresServer> PrepareAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        _migrator.CheckServer(connection);
        PostgresServer server = await PostgresServer.DetectAsync(connection, cancel);
        // All or nothing, and within the transaction that holds the lock.
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancel);
        if (readOnly)
        {
            await CheckReadOnlyAsync(connection, cancel);
        }
        else
        {
            await MigrateAsync(connection, server, cancel);
            await Partitions.EnsureAsync(new Session(connection, server), Partitions.Around(nowMs), cancel);
        }
        await transaction.CommitAsync(cancel);
        return server;
    }

    private async Task MigrateAsync(NpgsqlConnection connection, PostgresServer server, CancellationToken cancel)
    {
        await _migrator.MigrateAsync(connection, cancel);
        foreach (Migration step in Migration.Timescale)
        {
            bool community = step.Name.Contains("community", StringComparison.Ordinal);
            if (server.HasHypertables && (!community || server.HasColumnstore))
            {
                await Migrator.RunAsync(connection, step.Sql, cancel);
            }
        }
    }

    private async Task CheckReadOnlyAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (await _migrator.AppliedAsync(connection, cancel) is not { } applied)
        {
            throw new StoreConfigurationException($"There is no store in {database} that this user may see, and a read-only node does not make one; start the writing node first, correct the connection string or its Search Path, or GRANT USAGE ON SCHEMA (public or the one named) to the user.");
        }
        if (migrations.FirstOrDefault(m => !applied.ContainsKey(m.Version)) is { } missing)
        {
            throw new StoreConfigurationException($"The store {database} has schema version {applied.Keys.DefaultIfEmpty().Max()} and has not been through {missing.Name}, which this read-only node needs; start the writing node of this version first.");
        }
    }
}
