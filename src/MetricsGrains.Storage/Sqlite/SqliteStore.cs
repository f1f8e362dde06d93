using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>
/// Rollups, raw blocks and annotations in one SQLite file. A write is one transaction on the only writing connection, durable (fsync) when
/// its task completes; reads see the snapshot of the moment they begin and never wait for writes. One process at a time writes, any number read.
/// The layout is described in docs/formats/sqlite-store.md.
/// </summary>
public sealed class SqliteStore(SqliteStoreOptions options, TimeProvider time) : IMetricStore
{
    /// <summary>Rows read in one derive transaction, about: a flush that comes meanwhile waits no longer than that takes.</summary>
    private const int RowsADerive = 100_000;

    private readonly SqliteDatabase _database = new(options);
    private readonly SeriesWriter _writerSeries = new(options.MaxCachedSeries);
    private readonly SeriesReader _readerSeries = new(options.MaxCachedSeries);
    private long _damaged;
    private int _disposed;

    /// <summary>Sketches and raw blocks that reads had to leave out because they are damaged, since the store was made.</summary>
    public long Damaged => Interlocked.Read(ref _damaged);

    public string Description => options.ReadOnly ? $"SQLite, {options.Path}, read-only" : $"SQLite, {options.Path}";

    public Task OpenAsync(CancellationToken cancel) => SqliteSchema.Metrics.OpenAsync(_database, options, time, cancel);

    public Task<IReadOnlyList<string>> AppendAsync(IReadOnlyList<RollupFlush> flushes, CancellationToken cancel) => WriteAsync<IReadOnlyList<string>>(
        connection =>
        {
            using var appender = new RollupAppender(connection, _writerSeries);
            foreach (RollupFlush flush in flushes)
            {
                cancel.ThrowIfCancellationRequested();
                appender.Append(flush);
            }
            appender.Finish();
            return [];
        }, cancel);

    public Task AppendRawAsync(IReadOnlyList<RawBlock> blocks, FlushCursor cursor, CancellationToken cancel) => WriteAsync(
        connection =>
        {
            new RawAppender(connection, _writerSeries, cancel).Append(blocks, cursor);
            return 0;
        }, cancel);

    public Task AppendAnnotationsAsync(IReadOnlyList<Annotation> annotations, CancellationToken cancel) => WriteAsync(
        connection =>
        {
            AnnotationTable.Append(connection, annotations);
            return 0;
        }, cancel);

    public async Task<IReadOnlyList<Annotation>> ReadAnnotationsAsync(AnnotationQuery query, CancellationToken cancel) =>
        await _database.ReadAsync(connection => AnnotationTable.Read(connection, query, cancel), cancel);

    public async Task<IReadOnlyList<FlushCursor>> ReadCursorsAsync(CancellationToken cancel) =>
        // One process at a time: no append of another can be under way, and our own are done or not when we begin.
        await _database.ReadAsync(connection => CursorTable.Load(connection), cancel);

    public async Task<IReadOnlyList<FlushCursor>> ReadCursorsAsync(string metric, CancellationToken cancel) =>
        await _database.ReadAsync(connection => CursorTable.Load(connection, metric), cancel);

    public Task<AggregateFrame?> ReadAsync(string metric, StoredResolution resolution, AggregateQuery query, CancellationToken cancel)
    {
        StoredQuery.Check(resolution, query);
        return _database.ReadAsync(
            connection =>
            {
                if (_readerSeries.Find(connection, metric) is not { } series)
                {
                    return null;
                }
                var reader = new RollupReader(connection, series, query, cancel);
                AggregateFrame frame = reader.Read(resolution);
                Interlocked.Add(ref _damaged, reader.DamagedSketches);
                return frame;
            }, cancel);
    }

    public Task<AggregateFrame?> ReadRawAsync(string metric, AggregateQuery query, CancellationToken cancel) => _database.ReadAsync(
        connection =>
        {
            if (_readerSeries.Find(connection, metric) is not { } series)
            {
                return null;
            }
            var reader = new RawReader(connection, series, query, cancel);
            AggregateFrame frame = reader.Read();
            Interlocked.Add(ref _damaged, reader.DamagedBlocks);
            return frame;
        }, cancel);

    public async Task<IReadOnlyList<StoredMetric>> ListMetricsAsync(string contains, string after, int limit, CancellationToken cancel) =>
        await _database.ReadAsync(connection => CatalogReader.ListMetrics(connection, contains, after, limit), cancel);

    public Task<StoredMetric?> FindMetricAsync(string metric, CancellationToken cancel) =>
        _database.ReadAsync(connection => CatalogReader.FindMetric(connection, metric), cancel);

    public async Task<IReadOnlyList<SeriesDefinition>> ListSeriesAsync(string metric, int limit, CancellationToken cancel) =>
        await _database.ReadAsync(connection => CatalogReader.ListSeries(connection, metric, limit), cancel);

    public Task<StoreStatus> StatusAsync(CancellationToken cancel) =>
        _database.ReadAsync(connection => CatalogReader.Status(connection, options.Path), cancel);

    public async Task<int> DeriveAsync(long nowMs, CancellationToken cancel)
    {
        int derived = 0;
        for (PartitionKind kind = PartitionKind.OneHour; kind <= PartitionKind.OneDay; kind++)
        {
            // A bucket that starts here has not ended yet.
            long open = Resolution.Floor(nowMs, PartitionSpan.BucketOf(kind));
            int batch;
            PartitionKind wanted = kind;
            do
            {
                batch = await WriteAsync(connection => DeriveBatch(connection, wanted, open, cancel), cancel);
                derived += batch;
            }
            while (batch > 0);
        }
        return derived;
    }

    public async Task RetainAsync(long nowMs, Retention retention, CancellationToken cancel)
    {
        // Most of what depends on the rows to be dropped is derived here, in small transactions.
        await DeriveAsync(nowMs, cancel);
        foreach (PartitionKind kind in Enum.GetValues<PartitionKind>())
        {
            long cutoff = nowMs - (long)SqliteRetention.Of(retention, kind).TotalMilliseconds;
            while (await WriteAsync(connection => SqliteRetention.TryDropOldest(connection, kind, cutoff, cancel), cancel))
            {
            }
        }
        double longest = Enum.GetValues<PartitionKind>().Where(kind => kind != PartitionKind.Annotation).Max(kind => SqliteRetention.Of(retention, kind).TotalMilliseconds);
        await WriteAsync(
            connection =>
            {
                SqliteRetention.DropSeries(connection, nowMs - (long)longest - SeriesWriter.LastSeenLagMs);
                _writerSeries.Forget();
                return 0;
            }, cancel);
        while (await _database.OnWriterAsync(SqliteRetention.Shrink, cancel))
        {
        }
    }

    /// <summary>Waits for what is under way, marks the file as closed in order, and closes it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _database.CloseAsync(SqliteSchema.Finish);
        }
    }

    private Task<T> WriteAsync<T>(Func<SqliteConnection, T> body, CancellationToken cancel) =>
        _database.WriteAsync(body, _writerSeries.Trim, _writerSeries.Forget, cancel);

    private static int DeriveBatch(SqliteConnection connection, PartitionKind kind, long openMs, CancellationToken cancel)
    {
        using var deriver = new RollupDeriver(connection, cancel);
        int derived = 0;
        foreach ((long metric, long bucket) in DirtyBuckets.All(connection, kind, long.MinValue, openMs, limit: 1_000))
        {
            derived += deriver.Derive(kind, metric, bucket);
            if (deriver.RowsRead > RowsADerive)
            {
                break;
            }
        }
        deriver.Finish();
        return derived;
    }
}
