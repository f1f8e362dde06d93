using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Postgres;

/// <summary>
/// Rollups, raw blocks and annotations in PostgreSQL, with or without TimescaleDB. A write is one transaction, durable as the server's
/// synchronous_commit says when its task completes; reads see the snapshot of the moment they begin. Any number of nodes may
/// use one database. The layout is described in docs/formats/postgres-store.md.
/// </summary>
public sealed class PostgresStore(PostgresStoreOptions options, TimeProvider time) : IMetricStore, IMetricClaims
{
    /// <summary>Rows read in one derive transaction, about: a flush of the metric that comes meanwhile waits no longer than that takes.</summary>
    private const int RowsADerive = 100_000;

    private readonly PostgresDatabase _database = new(options, time);
    private readonly SeriesWriter _writerSeries = new(options.MaxCachedSeries);
    private readonly SeriesReader _readerSeries = new(options.MaxCachedSeries);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private long _damaged;

    /// <summary>Sketches and raw blocks that reads had to leave out because they are damaged, since the store was made.</summary>
    public long Damaged => Interlocked.Read(ref _damaged);

    /// <summary>What the server turned out to be; its description is for the log. Known once open.</summary>
    public PostgresServer Server => _database.Server;

    public string Description => options.ReadOnly ? $"{Server.Description}; read-only" : Server.Description;

    public Task OpenAsync(CancellationToken cancel) => _database.OpenAsync(
        async (connection, stop) =>
        {
            PostgresServer server = await new PostgresSchema(_database.Name, options.ReadOnly, time.GetUtcNow().ToUnixTimeMilliseconds(), Migration.All).PrepareAsync(connection, stop);
            if (!options.ReadOnly)
            {
                await StoreState.RefuseUnfinishedTransferAsync(connection, stop);
            }
            return server;
        }, cancel);

    public Task<IReadOnlyList<string>> AppendAsync(IReadOnlyList<RollupFlush> flushes, CancellationToken cancel) => AppendAsync(
        (session, stop) => new RollupAppender(session, _writerSeries, stop).AppendAsync(flushes),
        // Without a cursor nothing tells whether a flush is in the store already.
        repeatable: flushes.All(f => f.Cursors.Count > 0), cancel);

    public Task AppendRawAsync(IReadOnlyList<RawBlock> blocks, FlushCursor cursor, CancellationToken cancel) => AppendAsync(
        (session, stop) => NoResult(new RawAppender(session, _writerSeries, stop).AppendAsync(blocks, cursor)), repeatable: true, cancel);

    /// <summary>Does not wait for other writes: it shares nothing with them, and its ids tell what is there already.</summary>
    public Task AppendAnnotationsAsync(IReadOnlyList<Annotation> annotations, CancellationToken cancel) =>
        MaintainAsync((session, stop) => NoResult(AnnotationTable.AppendAsync(session, annotations, stop)), cancel);

    public async Task<IReadOnlyList<Annotation>> ReadAnnotationsAsync(AnnotationQuery query, CancellationToken cancel) =>
        await _database.ReadAsync((session, stop) => AnnotationTable.ReadAsync(session, query, stop), cancel);

    public async Task<IReadOnlyList<FlushCursor>> ReadCursorsAsync(CancellationToken cancel) =>
        await _database.ReadAsync(
            async (session, stop) =>
            {
                // A read-only node has no log to replay, and no right to lock.
                if (!options.ReadOnly)
                {
                    await CursorTable.WaitForWritersAsync(session, stop);
                }
                return await CursorTable.LoadAsync(session, null, stop);
            }, cancel);

    public async Task<IReadOnlyList<FlushCursor>> ReadCursorsAsync(string metric, CancellationToken cancel) =>
        await _database.ReadAsync((session, stop) => CursorTable.LoadAsync(session, [metric], stop), cancel);

    public Task<IReadOnlyList<MetricClaim>> ClaimAsync(IReadOnlyList<string> metrics, CancellationToken cancel) =>
        MaintainAsync((session, stop) => ClaimTable.ClaimAsync(session, metrics, stop), cancel);

    public Task<IReadOnlyList<string>> FindSupersededAsync(IReadOnlyList<KeyValuePair<string, ulong>> epochs, CancellationToken cancel) =>
        _database.ReadAsync((session, stop) => ClaimTable.FindSupersededAsync(session, epochs, stop), cancel);

    public Task<AggregateFrame?> ReadAsync(string metric, StoredResolution resolution, AggregateQuery query, CancellationToken cancel)
    {
        StoredQuery.Check(resolution, query);
        return _database.ReadAsync<AggregateFrame?>(
            async (session, stop) =>
            {
                if (await _readerSeries.FindAsync(session, metric, stop) is not { } series)
                {
                    return null;
                }
                var reader = new RollupReader(session, series, query, stop);
                AggregateFrame frame = await reader.ReadAsync(resolution);
                Interlocked.Add(ref _damaged, reader.DamagedSketches);
                return frame;
            }, cancel);
    }

    public Task<AggregateFrame?> ReadRawAsync(string metric, AggregateQuery query, CancellationToken cancel) => _database.ReadAsync<AggregateFrame?>(
        async (session, stop) =>
        {
            if (await _readerSeries.FindAsync(session, metric, stop) is not { } series)
            {
                return null;
            }
            var reader = new RawReader(session, series, query, stop);
            AggregateFrame frame = await reader.ReadAsync();
            Interlocked.Add(ref _damaged, reader.DamagedBlocks);
            return frame;
        }, cancel);

    public async Task<IReadOnlyList<StoredMetric>> ListMetricsAsync(string contains, string after, int limit, CancellationToken cancel) =>
        await _database.ReadAsync((session, stop) => CatalogReader.ListMetricsAsync(session, contains, after, limit, stop), cancel);

    public Task<StoredMetric?> FindMetricAsync(string metric, CancellationToken cancel) =>
        _database.ReadAsync((session, stop) => CatalogReader.FindMetricAsync(session, metric, stop), cancel);

    public async Task<IReadOnlyList<SeriesDefinition>> ListSeriesAsync(string metric, int limit, CancellationToken cancel) =>
        await _database.ReadAsync((session, stop) => CatalogReader.ListSeriesAsync(session, metric, limit, stop), cancel);

    public Task<StoreStatus> StatusAsync(CancellationToken cancel) =>
        _database.ReadAsync((session, stop) => CatalogReader.StatusAsync(session, $"{Server.Description}; {_database.Name}", stop), cancel);

    public async Task<int> DeriveAsync(long nowMs, CancellationToken cancel)
    {
        int derived = 0;
        for (PartitionKind kind = PartitionKind.OneHour; kind <= PartitionKind.OneDay; kind++)
        {
            // A bucket that starts here has not ended yet.
            long open = Resolution.Floor(nowMs, PartitionSpan.BucketOf(kind));
            PartitionKind wanted = kind;
            List<long> metrics;
            do
            {
                metrics = await _database.ReadAsync((session, stop) => DirtyBuckets.MetricsAsync(session, wanted, long.MinValue, open, limit: 1_000, stop), cancel);
                foreach (long metric in metrics)
                {
                    derived += await MaintainAsync((session, stop) => DeriveAsync(session, metric, wanted, open, stop), cancel);
                }
            }
            while (metrics.Count > 0);
        }
        return derived;
    }

    /// <summary>Merges partial rows of minutes whose hour has been derived. Changes no answer, only how many rows make it up.</summary>
    /// <returns>How many rows there are fewer.</returns>
    public async Task<long> CompactAsync(long nowMs, CancellationToken cancel)
    {
        long folded = 0;
        long closed = Resolution.Floor(nowMs, Resolution.OneHour);
        List<(long MetricId, long HourMs)> hours = await _database.ReadAsync((session, stop) => PartialHours.ListAsync(session, closed, stop), cancel);
        foreach ((long metric, long hour) in hours)
        {
            folded += await MaintainAsync(
                async (session, stop) =>
                {
                    await StoreState.BeginWriteAsync(session, stop);
                    return await RollupDeriver.LockAsync(session, metric, stop) is { } deriver ? await deriver.FoldAsync(hour) : 0;
                }, cancel);
        }
        return folded;
    }

    /// <summary>Drops what is older than its retention, and does what else keeps the store in shape: compaction, and the partitions of the next day.</summary>
    public async Task RetainAsync(long nowMs, Retention retention, CancellationToken cancel)
    {
        // Most of what depends on the rows to be dropped is derived here, in small transactions.
        await DeriveAsync(nowMs, cancel);
        PartitionKind[] kinds = Enum.GetValues<PartitionKind>();
        foreach (PartitionKind kind in kinds)
        {
            long cutoff = nowMs - (long)PgTables.KeptFor(retention, kind).TotalMilliseconds;
            while (await MaintainAsync((session, stop) => PostgresRetention.TryDropOldestAsync(session, kind, cutoff, stop), cancel))
            {
            }
        }
        double longest = kinds.Where(kind => kind != PartitionKind.Annotation).Max(kind => PgTables.KeptFor(retention, kind).TotalMilliseconds);
        await MaintainAsync((session, stop) => NoResult(PostgresRetention.DropSeriesAsync(session, nowMs - (long)longest - SeriesWriter.LastSeenLagMs, stop)), cancel);
        await CompactAsync(nowMs, cancel);
        await MaintainAsync((session, stop) => NoResult(RowCounts.FoldAsync(session, stop)), cancel);
        await MaintainAsync((session, stop) => NoResult(Partitions.EnsureAsync(session, Partitions.Around(nowMs), stop)), cancel);
    }

    /// <summary>Waits for the write that is under way, and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writing.WaitAsync();
        try
        {
            await _database.DisposeAsync();
        }
        finally
        {
            _writing.Release();
        }
    }

    private static async Task<int> DeriveAsync(Session session, long metric, PartitionKind kind, long openMs, CancellationToken cancel)
    {
        await StoreState.BeginWriteAsync(session, cancel);
        if (await RollupDeriver.LockAsync(session, metric, cancel) is { } deriver)
        {
            return await deriver.DeriveAsync(kind, long.MinValue, openMs, RowsADerive);
        }
        // Removed meanwhile; its marks must not be found for ever.
        await session.RunAsync("DELETE FROM dirty_bucket WHERE metric_id = $1", cancel, Session.Number(metric));
        return 0;
    }

    private static async Task<int> NoResult(Task task)
    {
        await task;
        return 0;
    }

    /// <summary>Appends go one after the other: they share what they know of the series.</summary>
    private async Task<T> AppendAsync<T>(Func<Session, CancellationToken, Task<T>> body, bool repeatable, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            T result = await _database.WriteAsync(body, repeatable, _writerSeries.Forget, cancel);
            _writerSeries.Trim();
            return result;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Maintenance finds out by itself what is left to do, so it may be repeated; locks in the database order it with appends.</summary>
    private Task<T> MaintainAsync<T>(Func<Session, CancellationToken, Task<T>> body, CancellationToken cancel) =>
        _database.WriteAsync(body, repeatable: true, static () => { }, cancel);
}
