using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Writes raw blocks within one transaction.</summary>
internal sealed class RawAppender(Session session, SeriesWriter series, CancellationToken cancel)
{
    /// <summary>Samples a stored block may hold: bounds what a read must take at once.</summary>
    private const int MaxSamples = 65_536;

    public async Task AppendAsync(IReadOnlyList<RawBlock> blocks, FlushCursor cursor)
    {
        List<Part> parts = Split(blocks);
        StoreState state = await StoreState.BeginWriteAsync(session, cancel);
        await Partitions.EnsureAsync(session, parts.Select(p => p.Span).ToHashSet(), cancel);
        List<FlushCursor> taken = await CursorTable.TakeAsync(session, [cursor], c => [c], cancel);
        if (taken.Count == 0 || parts.Count == 0)
        {
            return;
        }
        IReadOnlyDictionary<string, KnownMetric> metrics = await series.ResolveAsync(session, parts.Select(p => p.Block.Series), cancel);
        ILookup<bool, Placed> placed = parts.Select((p, i) => new Placed(p, metrics[p.Block.Series.Metric], state.SeqOf(i)))
            .OrderBy(p => p.Metric.Id).ThenBy(p => p.Part.FirstMs).ThenBy(p => p.Seq).ToLookup(p => p.Part.Block.Keep is not null);
        await CopyAsync(PartitionKind.Raw, placed[false]);
        await CopyAsync(PartitionKind.BriefRaw, placed[true]);
    }

    private async Task CopyAsync(PartitionKind kind, IEnumerable<Placed> rows)
    {
        if (!rows.Any())
        {
            return;
        }
        bool brief = kind == PartitionKind.BriefRaw;
        var counts = new RowCounts(kind);
        string target = $"{PgTables.NameOf(kind)} (min_ts, max_ts, metric_id, series_id, seq, times, \"values\", weights{(brief ? ", drop_at" : "")})";
        await using CopyWriter copy = await CopyWriter.BeginAsync(session, target, cancel);
        foreach (Placed row in rows)
        {
            await copy.BeginRowAsync((short)(brief ? 9 : 8), cancel);
            Write(copy, row);
            if (brief)
            {
                copy.Time(row.Part.PlacedBy);
            }
            counts.Add(row.Part.PlacedBy, 1, row.Part.FirstMs);
        }
        await copy.CompleteAsync(cancel);
        await counts.WriteAsync(session, cancel);
    }

    private static void Write(CopyWriter copy, Placed row)
    {
        (RawBlock block, int from, int count) = row.Part;
        copy.Time(row.Part.FirstMs);
        copy.Time(row.Part.LastMs);
        copy.Int64(row.Metric.Id);
        copy.Int64(row.Metric.Series[(block.Series.Tags, block.Series.Kind)].Id);
        copy.Int64(row.Seq);
        copy.Times(block.Times, from, count);
        copy.Doubles(block.Values, from, count);
        if (block.Weights is { } weights)
        {
            copy.Doubles(weights, from, count);
        }
        else
        {
            copy.Null();
        }
    }

    /// <summary>Cuts blocks at full hours: a read then knows how far before its range a block may begin, and no block outlives its partition.</summary>
    private static List<Part> Split(IReadOnlyList<RawBlock> blocks)
    {
        var parts = new List<Part>(blocks.Count);
        foreach (RawBlock block in blocks)
        {
            Check(block);
            int from = 0;
            for (int i = 1; i <= block.Times.Count; i++)
            {
                bool end = i == block.Times.Count;
                if (!end && block.Times[i] < block.Times[i - 1])
                {
                    throw new ArgumentException($"BUG: raw samples out of time order: {block.Times[i]} after {block.Times[i - 1]}", nameof(blocks));
                }
                if (end || i - from == MaxSamples || block.Times[i] >= Resolution.Floor(block.Times[from], Resolution.OneHour) + Resolution.OneHour)
                {
                    parts.Add(new Part(block, from, i - from));
                    from = i;
                }
            }
        }
        return parts;
    }

    private static void Check(RawBlock block)
    {
        if (block.Series.Kind == MetricKind.Histogram)
        {
            throw new ArgumentException($"BUG: histograms have no raw form ({block.Series.Metric})", nameof(block));
        }
        if (block.Values.Count != block.Times.Count || (block.Weights is not null && block.Weights.Count != block.Times.Count))
        {
            throw new ArgumentException($"BUG: a raw block of {block.Times.Count} times and {block.Values.Count} values", nameof(block));
        }
    }

    private readonly record struct Part(RawBlock Block, int From, int Count)
    {
        public long FirstMs => Block.Times[From];

        public long LastMs => Block.Times[From + Count - 1];

        /// <summary>What its table is partitioned by, Unix ms.</summary>
        public long PlacedBy => Block.Keep is { } keep ? BriefExpiry.Of(LastMs, keep) : FirstMs;

        public PartitionSpan Span => PartitionSpan.Holding(Block.Keep is null ? PartitionKind.Raw : PartitionKind.BriefRaw, PlacedBy);
    }

    private readonly record struct Placed(Part Part, KnownMetric Metric, long Seq);
}
