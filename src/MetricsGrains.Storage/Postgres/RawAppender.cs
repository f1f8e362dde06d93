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

    /// <summary>What <see cref="WriteRow"/> writes, for COPY.</summary>
    public const string Target = "raw_block (min_ts, max_ts, metric_id, series_id, seq, times, \"values\", weights)";

    public const short ColumnCount = 8;

    public async Task AppendAsync(IReadOnlyList<RawBlock> blocks, FlushCursor cursor)
    {
        List<Part> parts = Split(blocks);
        StoreState state = await StoreState.BeginWriteAsync(session, cancel);
        await Partitions.EnsureAsync(session, parts.Select(p => PartitionSpan.Holding(PartitionKind.Raw, p.FirstMs)).ToHashSet(), cancel);
        List<FlushCursor> taken = await CursorTable.TakeAsync(session, [cursor], c => [c], cancel);
        if (taken.Count == 0 || parts.Count == 0)
        {
            return;
        }
        IReadOnlyDictionary<string, KnownMetric> metrics = await series.ResolveAsync(session, parts.Select(p => p.Block.Series), cancel);
        var counts = new RowCounts(PartitionKind.Raw);
        await using CopyWriter copy = await CopyWriter.BeginAsync(session, Target, cancel);
        foreach ((Part part, int index) in parts.Select((p, i) => (p, i)).OrderBy(p => metrics[p.p.Block.Series.Metric].Id).ThenBy(p => p.p.FirstMs).ThenBy(p => p.i))
        {
            SeriesDefinition definition = part.Block.Series;
            KnownMetric metric = metrics[definition.Metric];
            await copy.BeginRowAsync(ColumnCount, cancel);
            RawBlock block = part.Block;
            WriteRow(copy, metric.Id, metric.Series[(definition.Tags, definition.Kind)].Id, state.SeqOf(index), block.Times, block.Values, block.Weights, part.From, part.Count);
            counts.Add(part.FirstMs, 1);
        }
        await copy.CompleteAsync(cancel);
        await counts.WriteAsync(session, cancel);
    }

    /// <summary>Writes samples [from, from + count) as a row that was begun.</summary>
    public static void WriteRow(
        CopyWriter copy, long metricId, long seriesId, long seq, IReadOnlyList<long> times, IReadOnlyList<double> values, IReadOnlyList<double>? weights, int from, int count)
    {
        copy.Time(times[from]);
        copy.Time(times[from + count - 1]);
        copy.Int64(metricId);
        copy.Int64(seriesId);
        copy.Int64(seq);
        copy.Times(times, from, count);
        copy.Doubles(values, from, count);
        if (weights is not null)
        {
            copy.Doubles(weights, from, count);
        }
        else
        {
            copy.Null();
        }
    }

    /// <summary>
    /// Where a row that begins with sample <paramref name="from"/> ends: at a full hour, so that a read knows how far before its
    /// range a block may begin, and no block outlives its partition.
    /// </summary>
    public static int EndOfPart(IReadOnlyList<long> times, int from)
    {
        long end = Resolution.Floor(times[from], Resolution.OneHour) + Resolution.OneHour;
        int to = from + 1;
        while (to < times.Count && to - from < MaxSamples && times[to] < end)
        {
            to++;
        }
        return to;
    }

    private static List<Part> Split(IReadOnlyList<RawBlock> blocks)
    {
        var parts = new List<Part>(blocks.Count);
        foreach (RawBlock block in blocks)
        {
            Check(block);
            for (int from = 0, end; from < block.Times.Count; from = end)
            {
                end = EndOfPart(block.Times, from);
                parts.Add(new Part(block, from, end - from));
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
        for (int i = 1; i < block.Times.Count; i++)
        {
            if (block.Times[i] < block.Times[i - 1])
            {
                throw new ArgumentException($"BUG: raw samples out of time order: {block.Times[i]} after {block.Times[i - 1]}", nameof(block));
            }
        }
    }

    private readonly record struct Part(RawBlock Block, int From, int Count)
    {
        public long FirstMs => Block.Times[From];
    }
}
