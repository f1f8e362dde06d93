using MetricsGrains.Storage.Alerting;

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
        (connection, stop) => new PostgresSchema(_database.Name, options.ReadOnly, time.GetUtcNow().ToUnixTimeMilliseconds(), Migration.All).PrepareAsync(connection, stop), cancel);

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
}
