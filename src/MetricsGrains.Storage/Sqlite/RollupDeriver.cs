using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>
/// Derives hours from minutes and days from hours within one transaction: for each series the merge of its rows, replacing
/// what was derived before. Days come from hours, not minutes: the same sums for a sixtieth of the reading, and it still
/// works when the minutes are gone.
/// </summary>
internal sealed class RollupDeriver(SqliteConnection connection, CancellationToken cancel) : IDisposable
{
    private readonly RollupTables _tables = new(connection);
    private readonly Dictionary<long, Dictionary<long, MetricKind>> _kinds = [];

    /// <summary>Rows read so far: what bounds a transaction.</summary>
    public long RowsRead { get; private set; }

    /// <summary>Derives one dirty bucket. A day's hours that are still dirty are derived first.</summary>
    /// <returns>How many buckets were derived.</returns>
    public int Derive(PartitionKind kind, long metricId, long bucketMs)
    {
        int derived = 1;
        long end = bucketMs + PartitionSpan.BucketOf(kind);
        if (kind == PartitionKind.OneDay)
        {
            foreach (long hour in DirtyBuckets.Of(connection, PartitionKind.OneHour, metricId, bucketMs, end))
            {
                derived += Derive(PartitionKind.OneHour, metricId, hour);
            }
        }
        var merge = new RollupMerge(bucketMs, KindsOf(metricId));
        // The register is read anew: deriving the hours of this very day may just have made their partition or moved its bounds.
        _tables.Finish();
        var scan = new RollupScan(connection, Partitions.Load(connection), metricId, cancel);
        scan.Read(kind - 1, bucketMs, end, walk: null, sketches: true, (long series, long _, in WindowAggregate aggregate, ReadOnlySpan<byte> sketch) =>
        {
            RowsRead++;
            merge.Take(series, aggregate, sketch);
        });
        Replace(kind, metricId, merge);
        DirtyBuckets.Clear(connection, kind, metricId, bucketMs);
        return derived;
    }

    /// <summary>Once, before the commit.</summary>
    public void Finish() => _tables.Finish();

    public void Dispose() => _tables.Dispose();

    private void Replace(PartitionKind kind, long metricId, RollupMerge merge)
    {
        RollupTableWriter table = _tables.For(kind, merge.BucketMs);
        table.Clear(metricId, merge.BucketMs);
        foreach ((SeriesEntryKey series, WindowAggregate aggregate, byte[]? sketch) in merge.Rows())
        {
            table.Insert(metricId, merge.BucketMs, series, 0, aggregate, sketch);
        }
    }

    private Dictionary<long, MetricKind> KindsOf(long metricId)
    {
        if (!_kinds.TryGetValue(metricId, out Dictionary<long, MetricKind>? kinds))
        {
            kinds = [];
            using var list = new Statement(connection, "SELECT id, kind FROM series WHERE metric_id = ?1");
            list.Bind(1, metricId);
            while (list.Step())
            {
                kinds.Add(list.Int64(0), (MetricKind)list.Int64(1));
            }
            // One metric at a time is enough: dirty buckets come metric by metric.
            _kinds.Clear();
            _kinds.Add(metricId, kinds);
        }
        return kinds;
    }
}
