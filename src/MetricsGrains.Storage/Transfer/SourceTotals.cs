using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Sqlite;
using RawAppender = MetricsGrains.Storage.Postgres.RawAppender;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Adds up what is in the source.</summary>
internal sealed class SourceTotals(TransferSource source, CancellationToken cancel)
{
    /// <summary>Rows between two looks whether this is still wanted, and two reports.</summary>
    private const int RowsAReport = 20_000;

    /// <summary>Raw blocks that can't be read.</summary>
    public long Damaged { get; private set; }

    public void AddRollups(Partition partition, SpanTotals totals, Action<long> progress)
    {
        using var rows = new StoredRollups(source.Connection, partition.Name, (long.MinValue, 0, 0, 0));
        long read = 0;
        while (rows.Read())
        {
            WindowAggregate aggregate = rows.Aggregate;
            ulong hash = RowHash.OfRollup(rows.MetricId, rows.BucketMs, rows.SeriesId, rows.Seq, aggregate, rows.Percentiles, rows.Sketch);
            totals.Of(rows.BucketMs, rows.MetricId).Add(hash, aggregate.Count, aggregate.Sum);
            Report(++read, progress);
        }
        progress(read % RowsAReport);
    }

    public void AddRaw(Partition partition, SpanTotals totals, Action<long> progress)
    {
        using var blocks = new StoredRawBlocks(source.Connection, partition.Name, long.MinValue);
        long seqBefore = source.RawSeqBefore[partition.Name], read = 0;
        while (blocks.Read())
        {
            Report(++read, progress);
            if (!blocks.TryDecode(out RawSamples samples))
            {
                Damaged++;
                continue;
            }
            (long metric, long series, long seq) = (blocks.MetricId, blocks.SeriesId, seqBefore + blocks.Id);
            for (int from = 0, end; from < samples.Times.Length; from = end)
            {
                end = RawAppender.EndOfPart(samples.Times, from);
                RowTotals part = totals.Of(partition.Kind == PartitionKind.BriefRaw ? partition.StartMs : samples.Times[from], metric);
                part.CountRow();
                for (int i = from; i < end; i++)
                {
                    part.AddSample(RowHash.OfSample(metric, series, seq, samples.Times[i], samples.Values[i], samples.WeightAt(i)), 1, samples.Values[i]);
                }
            }
        }
        progress(read % RowsAReport);
    }

    public void AddAnnotations(Partition partition, SpanTotals totals, Action<long> progress)
    {
        using var rows = new StoredAnnotations(source.Connection, partition.Name, []);
        long read = 0;
        while (rows.Read())
        {
            totals.Of(rows.AtMs, 0).Add(RowHash.OfAnnotation(rows.AtMs, rows.Id, rows.Texts, rows.Canonical), 0, 0);
            Report(++read, progress);
        }
        progress(read % RowsAReport);
    }

    private void Report(long read, Action<long> progress)
    {
        if (read % RowsAReport == 0)
        {
            cancel.ThrowIfCancellationRequested();
            progress(RowsAReport);
        }
    }
}
