using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Reads one metric's rows of one rollup kind, partition by partition, in (bucket, series, seq) order.</summary>
internal sealed class RollupScan(SqliteConnection connection, IReadOnlyList<Partition> partitions, long metricId, CancellationToken cancel)
{
    /// <summary>How often a long scan looks whether it is still wanted.</summary>
    private const int RowsPerCancelCheck = 4096;

    /// <summary>Takes a row. The sketch is empty when there is none or none was asked for, and valid during the call only.</summary>
    public delegate void RowSink(long seriesId, long bucketMs, in WindowAggregate aggregate, ReadOnlySpan<byte> sketch);

    private byte[] _sketch = [];

    private const string Columns = "series_id, bucket, count, sum, min, max, last, last_at, increase";

    /// <summary>Rows met so far, also those passed over.</summary>
    public long RowsMet { get; private set; }

    /// <summary>How often rows were sought so far.</summary>
    public long Seeks { get; private set; }

    /// <param name="walk">To the rows of interest. Null: all are.</param>
    public void Read(PartitionKind kind, long fromMs, long toMs, SeriesWalk? walk, bool sketches, RowSink sink)
    {
        foreach (Partition partition in Partitions.Overlapping(partitions, kind, fromMs, toMs))
        {
            long from = Math.Max(fromMs, partition.MinMs);
            long to = Math.Min(toMs, partition.MaxMs + 1);
            using var rows = new Statement(
                connection,
                $"SELECT {Columns}{(sketches ? ", sketch" : "")} FROM {partition.Name} WHERE metric_id = ?1 AND (bucket, series_id) >= (?2, ?3) AND bucket < ?4 ORDER BY bucket, series_id, seq");
            rows.Bind(1, metricId).Bind(4, to);
            walk?.Start(from);
            (long bucket, long series) = walk is null ? (from, long.MinValue) : (walk.TargetBucketMs, walk.TargetSeries);
            while (bucket < to && TryWalk(rows.Bind(2, bucket).Bind(3, series), walk, sketches, sink))
            {
                rows.Reset();
                (bucket, series) = (walk!.TargetBucketMs, walk.TargetSeries);
            }
        }
    }

    /// <returns>True: to be sought anew, where the walk says. False: there are no more rows.</returns>
    private bool TryWalk(Statement rows, SeriesWalk? walk, bool sketches, RowSink sink)
    {
        Seeks++;
        while (rows.Step())
        {
            if (++RowsMet % RowsPerCancelCheck == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }
            (long series, long bucket) = (rows.Int64(0), rows.Int64(1));
            SeriesWalk.Step step = walk?.Meet(bucket, series) ?? SeriesWalk.Step.Take;
            if (step == SeriesWalk.Step.Seek)
            {
                return true;
            }
            if (step == SeriesWalk.Step.Pass)
            {
                continue;
            }
            var aggregate = new WindowAggregate
            {
                Count = rows.Real(2),
                Sum = rows.Real(3),
                Min = rows.Real(4),
                Max = rows.Real(5),
                Last = rows.Real(6),
                LastAt = rows.Int64(7),
                Increase = rows.Real(8),
            };
            sink(series, bucket, aggregate, sketches ? rows.Blob(9, ref _sketch) : default);
        }
        return false;
    }
}
