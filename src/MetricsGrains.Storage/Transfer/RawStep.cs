using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using RawAppender = MetricsGrains.Storage.Postgres.RawAppender;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Copies one partition of raw blocks, of either kind, decoded and cut at full hours as PostgreSQL's are.</summary>
internal sealed class RawStep(SqliteConnection source, Partition partition, long seqBefore, StoreTransferOptions options) : ITransferStep
{
    private const int BytesASample = 24;

    public string Name => partition.Name;

    /// <summary>SQLite keeps no time for each block: all of a partition go at its end. This is in the same partition of PostgreSQL.</summary>
    private long DropAtMs => partition.EndMs - 1;

    public async Task<TransferPart> AdvanceAsync(Session session, TransferPart part, CancellationToken cancel)
    {
        PartitionKind kind = partition.Kind;
        // A block's later samples may lie behind the end of its partition, unless that is made by when blocks go.
        await Postgres.Partitions.EnsureAsync(session, kind == PartitionKind.BriefRaw ? [PartitionSpan.Holding(kind, DropAtMs)] : Spans(partition.MinMs, partition.MaxMs), cancel);
        long after = part.After is [long id] ? id : long.MinValue, rows = 0, damaged = 0, bytes = 0;
        var counts = new RowCounts(kind);
        bool more;
        using (var stored = new StoredRawBlocks(source, partition.Name, after))
        {
            await using CopyWriter copy = await RawAppender.BeginCopyAsync(session, kind, cancel);
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
                    await RawAppender.BeginRowAsync(copy, kind, cancel);
                    RawAppender.WriteRow(copy, stored.MetricId, stored.SeriesId, seqBefore + stored.Id, samples.Times, samples.Values, samples.Weights, from, end - from);
                    if (kind == PartitionKind.BriefRaw)
                    {
                        copy.Time(DropAtMs);
                    }
                    counts.Add(kind == PartitionKind.BriefRaw ? DropAtMs : samples.Times[from], 1, samples.Times[from]);
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
