using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query;

/// <summary>
/// Reads one metric from its grain's memory and the store so that every sample is in the answer once, while flushes carry rows from one to the other.
/// </summary>
/// <remarks>
/// The grain names the minute from which memory is complete: the store is asked only before it, so what is flushed after it is never read twice.
/// Before it the grain adds what the store does not have yet (<see cref="PendingRows"/>). A flush may land between the two reads, so the
/// rows of the flush under way count only when its cursors are not in the store, both before and after the store was read, and the rows
/// that wait count only when none was handed out meanwhile. Else all is read again.
/// </remarks>
internal sealed class MemoryAndStore(IGrains grains, IRollupStore rollups, IRawStore raw)
{
    /// <summary>
    /// Flushes are seconds apart, so a second read rarely meets one again. When every one did, the answer goes without what is pending, which
    /// may be late but not twice; so there are as many as keep that from happening while flushes follow each other without a pause.
    /// </summary>
    private const int Attempts = 10;

    /// <returns>Null when neither knows the metric.</returns>
    public async Task<MergedAnswer?> ReadAsync(string metric, AggregateQuery query, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            MetricAnswer? memory = await grains.QueryAsync(metric, query, cancel);
            if (memory is not null && memory.CompleteFromMs <= query.FromMs)
            {
                return new MergedAnswer(memory.Kind, memory.Unit, memory.Frame, memory.NewestMs, AnswerSource.Memory);
            }
            PendingRows? pending = memory?.Pending;
            bool landed = await IsLandedAsync(metric, pending, cancel);
            StoredMetric? stored = await rollups.FindMetricAsync(metric, cancel);
            if (memory is null && stored is null)
            {
                return null;
            }
            var frame = new FrameBuilder(query);
            if (stored is not null)
            {
                await AddStoredAsync(frame, metric, memory?.CompleteFromMs ?? query.ToMs, cancel);
            }
            frame.Add(memory?.Frame ?? AggregateFrame.Empty);
            if (pending is not null)
            {
                bool moved = await IsLandedAsync(metric, pending, cancel) != landed || await grains.FlushEpochAsync(metric, cancel) != pending.Epoch;
                if (moved && attempt < Attempts)
                {
                    continue;
                }
                AddPending(frame, moved ? null : pending, landed);
            }
            AnswerSource source = memory is null ? AnswerSource.Store : stored is null ? AnswerSource.Memory : AnswerSource.MemoryAndStore;
            AggregateFrame answer = frame.Build();
            long newest = memory is null || memory.NewestMs == long.MinValue ? NewestStored(answer, stored, query) : memory.NewestMs;
            return new MergedAnswer(memory?.Kind ?? stored!.Kind, memory?.Unit ?? stored!.Unit, answer, newest, source);
        }
    }

    private async Task AddStoredAsync(FrameBuilder frame, string metric, long beforeMs, CancellationToken cancel)
    {
        AggregateQuery query = frame.Query;
        foreach (StoreRead read in QueryPlan.Reads(query.FromMs, Math.Min(query.ToMs, beforeMs), query.StepMs))
        {
            AggregateQuery part = query with { FromMs = read.FromMs, ToMs = read.ToMs };
            AggregateFrame? found = read.Resolution is { } resolution
                ? await rollups.ReadAsync(metric, resolution, part, cancel)
                : await raw.ReadRawAsync(metric, part, cancel);
            frame.TakeOver(found ?? AggregateFrame.Empty);
        }
    }

    /// <summary>
    /// The store knows when the metric was last seen, which may be later than its newest row: that is of whole minutes. Where the answer should
    /// reach so far, what is in it counts.
    /// </summary>
    private static long NewestStored(AggregateFrame answer, StoredMetric? stored, AggregateQuery query) =>
        stored is not null && query.ToMs > stored.LastSeenMs && answer.Groups.Any(g => g.Points.Count > 0)
            ? answer.Groups.SelectMany(g => g.Points).Max(p => p.Aggregate.LastAt)
            : stored?.LastSeenMs ?? long.MinValue;

    private static void AddPending(FrameBuilder frame, PendingRows? pending, bool landed)
    {
        frame.Add(pending?.Waiting ?? AggregateFrame.Empty);
        frame.Add(pending is null || landed ? AggregateFrame.Empty : pending.HandedOut);
    }

    /// <summary>Asks the store only when the answer depends on it.</summary>
    private async Task<bool> IsLandedAsync(string metric, PendingRows? pending, CancellationToken cancel) =>
        pending is { HandedOut.Groups.Count: > 0 } && pending.IsLanded(await rollups.ReadCursorsAsync(metric, cancel));
}

/// <summary>What memory and store know together.</summary>
/// <param name="NewestMs">Event time of the newest sample known of the series that matched; long.MinValue when there is none.</param>
internal sealed record MergedAnswer(MetricKind Kind, string Unit, AggregateFrame Frame, long NewestMs, AnswerSource Source);
