using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Writes rows into one rollup table by COPY, and counts them.</summary>
internal sealed class RollupCopy : IAsyncDisposable
{
    private const string Columns = "bucket, metric_id, series_id, seq, count, sum, min, max, last, last_at, increase, p50, p95, p99, sketch";
    private const short ColumnCount = 15;

    private readonly CopyWriter _copy;

    private RollupCopy(CopyWriter copy, PartitionKind kind)
    {
        _copy = copy;
        Counts = new RowCounts(kind);
    }

    public RowCounts Counts { get; }

    public static async Task<RollupCopy> BeginAsync(Session session, PartitionKind kind, CancellationToken cancel) =>
        new(await CopyWriter.BeginAsync(session, $"{PgTables.NameOf(kind)} ({Columns})", cancel), kind);

    public async ValueTask WriteAsync(long metricId, SeriesEntryKey series, long bucketMs, long seq, WindowAggregate aggregate, byte[]? sketch, CancellationToken cancel)
    {
        await BeginRowAsync(cancel);
        Row(metricId, series.Id, bucketMs, seq, aggregate, StoredPercentiles.Of(series.Kind, aggregate, sketch), sketch);
    }

    /// <summary>To be followed by <see cref="Row"/>.</summary>
    public ValueTask BeginRowAsync(CancellationToken cancel) => _copy.BeginRowAsync(ColumnCount, cancel);

    /// <param name="sketch">Empty: none.</param>
    public void Row(long metricId, long seriesId, long bucketMs, long seq, in WindowAggregate aggregate, StoredPercentiles? percentiles, ReadOnlySpan<byte> sketch)
    {
        _copy.Time(bucketMs);
        _copy.Int64(metricId);
        _copy.Int64(seriesId);
        _copy.Int64(seq);
        _copy.Double(aggregate.Count);
        _copy.Double(aggregate.Sum);
        _copy.Double(aggregate.Min);
        _copy.Double(aggregate.Max);
        _copy.Double(aggregate.Last);
        _copy.Time(aggregate.LastAt);
        _copy.Double(aggregate.Increase);
        if (percentiles is { } known)
        {
            _copy.Double(known.P50);
            _copy.Double(known.P95);
            _copy.Double(known.P99);
        }
        else
        {
            _copy.Null();
            _copy.Null();
            _copy.Null();
        }
        if (sketch.IsEmpty)
        {
            _copy.Null();
        }
        else
        {
            _copy.Bytes(sketch);
        }
        Counts.Add(bucketMs, 1);
    }

    /// <summary>Ends the COPY and writes down the counts.</summary>
    public async Task CompleteAsync(Session session, CancellationToken cancel)
    {
        await _copy.CompleteAsync(cancel);
        await Counts.WriteAsync(session, cancel);
    }

    public ValueTask DisposeAsync() => _copy.DisposeAsync();
}
