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
        await Partitions.EnsureAsync(session, [.. parts.Select(p => PartitionSpan.Holding(PartitionKind.Raw, p.FirstMs)).Distinct()], cancel);
        List<FlushCursor> taken = await CursorTable.TakeAsync(session, [cursor], c => [c], cancel);
        if (taken.Count == 0 || parts.Count == 0)
        {
            return;
        }
        IReadOnlyDictionary<string, KnownMetric> metrics = await series.ResolveAsync(session, parts.Select(p => p.Block.Series), cancel);
        var counts = new RowCounts(PartitionKind.Raw);
        await using CopyWriter copy = await CopyWriter.BeginAsync(session, "raw_block (min_ts, max_ts, metric_id, series_id, seq, times, \"values\", weights)", cancel);
        foreach ((Part part, int index) in parts.Select((p, i) => (p, i)).OrderBy(p => metrics[p.p.Block.Series.Metric].Id).ThenBy(p => p.p.FirstMs).ThenBy(p => p.i))
        {
            SeriesDefinition definition = part.Block.Series;
            KnownMetric metric = metrics[definition.Metric];
            await copy.BeginRowAsync(8, cancel);
            copy.Time(part.FirstMs);
            copy.Time(part.Block.Times[part.From + part.Count - 1]);
            copy.Int64(metric.Id);
            copy.Int64(metric.Series[(definition.Tags, definition.Kind)].Id);
            copy.Int64(state.SeqOf(index));
            copy.Times(part.Block.Times, part.From, part.Count);
            copy.Doubles(part.Block.Values, part.From, part.Count);
            if (part.Block.Weights is { } weights)
            {
                copy.Doubles(weights, part.From, part.Count);
            }
            else
            {
                copy.Null();
            }
            counts.Add(part.FirstMs, 1);
        }
        await copy.CompleteAsync(cancel);
        await counts.WriteAsync(session, cancel);
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
    }
}
