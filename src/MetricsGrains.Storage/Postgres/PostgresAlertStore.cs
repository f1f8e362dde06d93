using MetricsGrains.Storage.Alerting;
using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>
/// Alerting in PostgreSQL, in the database of the metrics or another. A write is one transaction, durable as the server's
/// synchronous_commit says when its task completes. Any number of nodes may use one database.
/// </summary>
/// <param name="options">Connections of its own: what metrics are waiting for never holds up a page.</param>
/// <param name="time">Notes when the partitions of the metrics' tables are made, and paces repeated attempts.</param>
public sealed class PostgresAlertStore(PostgresStoreOptions options, TimeProvider time) : AlertStore
{
    /// <summary>Enough for evaluations that are over at the same time.</summary>
    private const int PoolSize = 5;

    private readonly PostgresDatabase _database = new(options, time);
    private readonly AlertPartitions _partitions = new();

    public PostgresAlertStore(string connectionString, TimeProvider time)
        : this(new PostgresStoreOptions { ConnectionString = connectionString, MaxPoolSize = PoolSize }, time)
    {
    }

    public override Task OpenAsync(CancellationToken cancel) => _database.OpenAsync(
        async (connection, stop) =>
        {
            PostgresServer server = await new PostgresSchema(_database.Name, options.ReadOnly, time.GetUtcNow().ToUnixTimeMilliseconds(), Migration.All).PrepareAsync(connection, stop);
            if (!options.ReadOnly)
            {
                await StoreState.RefuseUnfinishedTransferAsync(connection, stop);
                await WaitForWritersAsync(connection, stop);
            }
            return server;
        }, cancel);

    public override ValueTask DisposeAsync() => _database.DisposeAsync();

    private protected override Task<T> ReadAsync<T>(Func<IAlertSession, Task<T>> body, CancellationToken cancel) =>
        _database.ReadAsync((session, stop) => body(new PostgresAlertSession(session, _partitions, stop)), cancel);

    private protected override Task<T> WriteAsync<T>(Func<IAlertSession, Task<T>> body, CancellationToken cancel) =>
        _database.WriteAsync((session, stop) => body(new PostgresAlertSession(session, _partitions, stop)), repeatable: true, _partitions.Forget, cancel);

    private protected override async Task DropEventsAsync(long beforeMs, CancellationToken cancel)
    {
        while (await _database.WriteAsync((session, stop) => _partitions.TryDropOldestAsync(session, beforeMs, stop), repeatable: true, _partitions.Forget, cancel))
        {
            _partitions.Forget();
        }
    }

    /// <summary>
    /// Ends when no transaction that saves states is under way. A killed node's COMMIT may have reached the server and still be at work there; a
    /// start that did not wait would read the state before it, and tell people once more what they were told.
    /// </summary>
    internal static async Task WaitForWritersAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancel);
        await using (var wait = new NpgsqlCommand("SET LOCAL lock_timeout = '20s'; LOCK TABLE alert_rule_states, alert_channel_states IN SHARE MODE", connection, transaction))
        {
            await wait.ExecuteNonQueryAsync(cancel);
        }
        await transaction.CommitAsync(cancel);
    }
}
