using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using RawAppender = MetricsGrains.Storage.Postgres.RawAppender;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Copies one partition of raw blocks, decoded and cut at full hours as PostgreSQL's are.</summary>
internal sealed class RawStep(SqliteConnection source, Partition partition, long seqBefore, StoreTransferOptions options) : ITransferStep
{
    private const int BytesASample = 24;

    public string Name => partition.Name;

    public async Task<TransferPart> AdvanceAsync(Session session, TransferPart part, CancellationToken cancel)
    {
        // A block's later samples may lie behind the end of its partition.
        await Postgres.Partitions.EnsureAsync(session, Spans(partition.MinMs, partition.MaxMs), cancel);
        long after = part.After is [long id] ? id : long.MinValue, rows = 0, damaged = 0, bytes = 0;
        var counts = new RowCounts(PartitionKind.Raw);
        bool more;
        using (var stored = new StoredRawBlocks(source, partition.Name, after))
        {
            await using CopyWriter copy = await CopyWriter.BeginAsync(session, RawAppender.Target, cancel);
            while ((more = stored.Read()) && rows < options.BatchRows && bytes < options.BatchBytes)
            {
                after = stored.Id;
                rows++;
                if (!stored.TryDecode(out RawSamples samples))
                {
                    damaged++;
                    continue;
                }
                bytes += (long)samples.Times.Length * BytesASample;
                for (int from = 0, end; from < samples.Times.Length; from = end)
                {
                    end = RawAppender.EndOfPart(samples.Times, from);
                    await copy.BeginRowAsync(RawAppender.ColumnCount, cancel);
                    RawAppender.WriteRow(copy, stored.MetricId, stored.SeriesId, seqBefore + stored.Id, samples.Times, samples.Values, samples.Weights, from, end - from);
                    counts.Add(samples.Times[from], 1);
                }
            }
            await copy.CompleteAsync(cancel);
        }
        await counts.WriteAsync(session, cancel);
        return part with { After = [after], Rows = part.Rows + rows, Damaged = part.Damaged + damaged, Done = !more };
    }

    private static HashSet<PartitionSpan> Spans(long fromMs, long throughMs)
    {
        var spans = new HashSet<PartitionSpan>();
        for (long at = fromMs; at <= throughMs;)
        {
            PartitionSpan span = PartitionSpan.Holding(PartitionKind.Raw, at);
            spans.Add(span);
            at = span.EndMs;
        }
        return spans;
    }
}
