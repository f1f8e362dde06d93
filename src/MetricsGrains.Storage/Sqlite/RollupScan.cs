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

    private const string Columns = "series_id, bucket, count, sum, min, max, last, last_at, increase";

    /// <param name="wanted">Series whose rows are of interest; others are passed over. Null: all.</param>
    /// <param name="seek">Look each wanted series up in every bucket instead of passing over all rows: better when few of many are wanted.</param>
    public void Read(PartitionKind kind, long fromMs, long toMs, IReadOnlyCollection<long>? wanted, bool seek, bool sketches, RowSink sink)
    {
        foreach (Partition partition in Partitions.Overlapping(partitions, kind, fromMs, toMs))
        {
            long from = Math.Max(fromMs, partition.MinMs);
            long to = Math.Min(toMs, partition.MaxMs + 1);
            string columns = sketches ? Columns + ", sketch" : Columns;
            if (seek && wanted is not null)
            {
                using var one = new Statement(connection, $"SELECT {columns} FROM {partition.Name} WHERE metric_id = ?1 AND bucket = ?2 AND series_id = ?3 ORDER BY seq");
                long length = PartitionSpan.BucketOf(kind);
                for (long bucket = Resolution.Ceiling(from, length); bucket < to; bucket += length)
                {
                    cancel.ThrowIfCancellationRequested();
                    Seek(one, bucket, wanted, sketches, sink);
                }
            }
            else
            {
                using var range = new Statement(connection, $"SELECT {columns} FROM {partition.Name} WHERE metric_id = ?1 AND bucket >= ?2 AND bucket < ?3 ORDER BY bucket, series_id, seq");
                range.Bind(1, metricId).Bind(2, from).Bind(3, to);
                Drain(range, sketches, sink);
            }
        }
    }

    private void Seek(Statement one, long bucket, IReadOnlyCollection<long> wanted, bool sketches, RowSink sink)
    {
        one.Bind(1, metricId).Bind(2, bucket);
        foreach (long series in wanted)
        {
            one.Bind(3, series);
            Drain(one, sketches, sink);
        }
    }

    private void Drain(Statement rows, bool sketches, RowSink sink)
    {
        int count = 0;
        while (rows.Step())
        {
            if (++count % RowsPerCancelCheck == 0)
            {
                cancel.ThrowIfCancellationRequested();
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
            sink(rows.Int64(0), rows.Int64(1), aggregate, sketches ? rows.Blob(9) : default);
        }
    }
}
