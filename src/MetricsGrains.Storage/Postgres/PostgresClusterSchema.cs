using MetricsGrains.Core.Ports;
using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>
/// The tables and statements that Orleans' ADO.NET providers expect to find in a database: clustering, persistence and reminders
/// (docs/formats/cluster-tables.md). They may share the store's database and schema.
/// </summary>
/// <param name="connectionString">The one that the providers are given too: its search path says where they look.</param>
public sealed class PostgresClusterSchema(string connectionString, TimeProvider time)
{
    internal const string Register = "metricsgrains_orleans_migration";

    /// <summary>To be called before a silo starts. Any number of silos may do so at once, any number of times.</summary>
    /// <exception cref="StoreConfigurationException">The connection string has a mistake, or the database can't be used; the message says what to do. Nothing was changed.</exception>
    /// <exception cref="StoreUnavailableException">The server did not answer, and nobody knows whether all is done. Repeating the call is safe.</exception>
    public async Task PrepareAsync(CancellationToken cancel)
    {
        await using var database = new PostgresDatabase(new PostgresStoreOptions { ConnectionString = connectionString }, time);
        await database.OpenAsync((connection, stop) => PrepareAsync(database.Name, connection, stop), cancel);
    }

    private static async Task<PostgresServer> PrepareAsync(string database, NpgsqlConnection connection, CancellationToken cancel)
    {
        var migrator = new Migrator(database, Register, Migration.Orleans);
        migrator.CheckServer(connection);
        PostgresServer server = await PostgresServer.DetectAsync(connection, cancel);
        // All or nothing, and within the transaction that holds the lock.
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancel);
        await migrator.MigrateAsync(connection, cancel);
        await transaction.CommitAsync(cancel);
        return server;
    }
}
