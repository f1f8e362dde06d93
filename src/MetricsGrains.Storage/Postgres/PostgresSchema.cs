using MetricsGrains.Core.Ports;
using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Brings a database to the schema this program knows, or refuses it. Several nodes may do so at once.</summary>
/// <param name="nowMs">Partitions are made for now and a day ahead.</param>
internal sealed class PostgresSchema(string database, bool readOnly, long nowMs, IReadOnlyList<Migration> migrations)
{
    private const string Register = "metricsgrains_migration";

    public async Task<PostgresServer> PrepareAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (connection.PostgreSqlVersion.Major < PostgresServer.OldestMajor)
        {
            throw new StoreConfigurationException($"The store {database} is on PostgreSQL {connection.PostgreSqlVersion}; {PostgresServer.OldestMajor} or newer is needed.");
        }
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
        // Another node may be migrating, which may take long: waits without a time limit.
        await RunAsync(connection, $"SELECT pg_advisory_xact_lock({StoreLock.Class}, {StoreLock.Migrate})", cancel);
        await CheckEncodingAsync(connection, cancel);
        if (!await ExistsAsync(connection, cancel))
        {
            await RunAsync(connection, $"CREATE TABLE {Register} (version int PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())", cancel);
        }
        Dictionary<int, (string Name, string Checksum)> applied = await AppliedAsync(connection, cancel);
        Check(applied);
        foreach (Migration migration in migrations.Where(m => !applied.ContainsKey(m.Version)))
        {
            await RunAsync(connection, migration.Sql, cancel);
            await using var note = new NpgsqlCommand($"INSERT INTO {Register} (version, name, checksum) VALUES ($1, $2, $3)", connection);
            note.Parameters.Add(new NpgsqlParameter { Value = migration.Version });
            note.Parameters.Add(new NpgsqlParameter { Value = migration.Name });
            note.Parameters.Add(new NpgsqlParameter { Value = migration.Checksum });
            await note.ExecuteNonQueryAsync(cancel);
        }
        foreach (Migration step in Migration.Timescale)
        {
            bool community = step.Name.Contains("community", StringComparison.Ordinal);
            if (server.HasHypertables && (!community || server.HasColumnstore))
            {
                await RunAsync(connection, step.Sql, cancel);
            }
        }
    }

    private async Task CheckReadOnlyAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        if (!await ExistsAsync(connection, cancel))
        {
            throw new StoreConfigurationException($"There is no store in {database} that this user may see, and a read-only node does not make one; start the writing node first, correct the connection string or its Search Path, or GRANT USAGE ON SCHEMA (public or the one named) to the user.");
        }
        Dictionary<int, (string Name, string Checksum)> applied = await AppliedAsync(connection, cancel);
        Check(applied);
        if (migrations.FirstOrDefault(m => !applied.ContainsKey(m.Version)) is { } missing)
        {
            throw new StoreConfigurationException($"The store {database} has schema version {applied.Keys.DefaultIfEmpty().Max()} and has not been through {missing.Name}, which this read-only node needs; start the writing node of this version first.");
        }
    }

    private void Check(Dictionary<int, (string Name, string Checksum)> applied)
    {
        // Numbers may be left out: parts of the program that are built apart take theirs beforehand.
        int[] unknown = [.. applied.Keys.Except(migrations.Select(m => m.Version))];
        if (unknown.Length > 0)
        {
            throw new StoreConfigurationException(
                $"The store {database} has schema version {unknown.Max()}, this program knows up to {migrations.Max(m => m.Version)}: run the newer program, or restore a backup made before the upgrade.");
        }
        foreach (Migration migration in migrations)
        {
            if (applied.TryGetValue(migration.Version, out (string Name, string Checksum) was) && was.Checksum != migration.Checksum)
            {
                throw new StoreConfigurationException(
                    $"The store {database} was made by another build whose migration {was.Name} differs from this one's {migration.Name}; run that build, or start with an empty database. Landed migrations must never be edited.");
            }
        }
    }

    private async Task CheckEncodingAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("SELECT current_setting('server_encoding'), current_schema()", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        if (reader.GetString(0) != "UTF8")
        {
            throw new StoreConfigurationException($"The database {database} is encoded in {reader.GetString(0)}; create one with ENCODING 'UTF8'.");
        }
        if (reader.IsDBNull(1))
        {
            throw new StoreConfigurationException($"None of the schemas in the search path exists in {database}; create one, or correct 'Search Path' in the connection string.");
        }
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"SELECT to_regclass('{Register}') IS NOT NULL", connection);
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    private static async Task<Dictionary<int, (string Name, string Checksum)>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var applied = new Dictionary<int, (string, string)>();
        await using var command = new NpgsqlCommand($"SELECT version, name, checksum FROM {Register}", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            applied.Add(reader.GetInt32(0), (reader.GetString(1), reader.GetString(2)));
        }
        return applied;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }
}
