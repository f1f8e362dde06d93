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

    private const string Columns = "min_ts, max_ts, metric_id, series_id, seq, times, \"values\", weights";

    public async Task AppendAsync(IReadOnlyList<RawBlock> blocks, FlushCursor cursor)
    {
        List<Part> parts = Split(blocks);
        StoreState state = await StoreState.BeginWriteAsync(session, cancel);
        await Partitions.EnsureAsync(session, parts.Select(p => p.Span).ToHashSet(), cancel);
        if (!await CursorTable.IsDueAsync(session, cursor, cancel))
        {
            return;
        }
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
        var counts = new RowCounts(kind);
        await using CopyWriter copy = await BeginCopyAsync(session, kind, cancel);
        foreach (Placed row in rows)
        {
            (RawBlock block, int from, int count) = row.Part;
            await BeginRowAsync(copy, kind, cancel);
            WriteRow(copy, row.Metric.Id, row.Metric.Series[(block.Series.Tags, block.Series.Kind)].Id, row.Seq, block.Times, block.Values, block.Weights, from, count);
            if (kind == PartitionKind.BriefRaw)
            {
                copy.Time(row.Part.PlacedBy);
            }
            counts.Add(row.Part.PlacedBy, 1, row.Part.FirstMs);
        }
        await copy.CompleteAsync(cancel);
        await counts.WriteAsync(session, cancel);
    }

    /// <param name="kind">Raw or BriefRaw; rows of the latter end with the time at which they go.</param>
    public static Task<CopyWriter> BeginCopyAsync(Session session, PartitionKind kind, CancellationToken cancel) =>
        CopyWriter.BeginAsync(session, $"{PgTables.NameOf(kind)} ({Columns}{(kind == PartitionKind.BriefRaw ? ", drop_at" : "")})", cancel);

    /// <summary>To be followed by <see cref="WriteRow"/>.</summary>
    public static ValueTask BeginRowAsync(CopyWriter copy, PartitionKind kind, CancellationToken cancel) => copy.BeginRowAsync((short)(kind == PartitionKind.BriefRaw ? 9 : 8), cancel);

    /// <summary>Writes samples [from, from + count) as a row.</summary>
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

        public long LastMs => Block.Times[From + Count - 1];

        /// <summary>What its table is partitioned by, Unix ms.</summary>
        public long PlacedBy => Block.Keep is { } keep ? BriefExpiry.Of(LastMs, keep) : FirstMs;

        public PartitionSpan Span => PartitionSpan.Holding(Block.Keep is null ? PartitionKind.Raw : PartitionKind.BriefRaw, PlacedBy);
    }

    private readonly record struct Placed(Part Part, KnownMetric Metric, long Seq);
}
