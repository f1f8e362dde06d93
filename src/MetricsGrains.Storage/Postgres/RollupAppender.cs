using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Postgres;

/// <summary>Writes flushes within one transaction: one COPY a table, whatever the number of metrics.</summary>
internal sealed class RollupAppender(Session session, SeriesWriter series, CancellationToken cancel)
{
    private readonly HashSet<(long MetricId, long BucketMs)> _dirtyHours = [];
    private readonly HashSet<(long MetricId, long BucketMs)> _dirtyDays = [];
    private readonly List<LateRow> _lateHours = [];
    private readonly List<LateRow> _lateDays = [];

    /// <returns>Metrics whose flush was left out.</returns>
    public async Task<IReadOnlyList<string>> AppendAsync(IReadOnlyList<RollupFlush> flushes)
    {
        StoreState state = await StoreState.BeginWriteAsync(session, cancel);
        await Partitions.EnsureAsync(session, SpansOf(flushes, state.Dropped), cancel);
        IReadOnlyList<RollupFlush> current = await ClaimTable.KeepCurrentAsync(session, flushes, cancel);
        IReadOnlyList<string> superseded = current.Count == flushes.Count ? [] : [.. flushes.Except(current).Select(f => f.Metric)];
        List<RollupFlush> taken = await CursorTable.TakeAsync(session, current, f => f.Cursors, cancel);
        taken.RemoveAll(f => f.Series.Count == 0);
        if (taken.Count == 0)
        {
            return superseded;
        }
        IReadOnlyDictionary<string, KnownMetric> metrics = await series.ResolveAsync(session, taken.SelectMany(f => f.Series.Select(s => s.Metric == f.Metric ? s : s with { Metric = f.Metric })), cancel);
        await CopyMinutesAsync(taken, metrics, state);
        await CopyLateAsync(PartitionKind.OneHour, _lateHours, state);
        await CopyLateAsync(PartitionKind.OneDay, _lateDays, state);
        await DirtyBuckets.MarkAsync(session, PartitionKind.OneHour, _dirtyHours, cancel);
        await DirtyBuckets.MarkAsync(session, PartitionKind.OneDay, _dirtyDays, cancel);
        return superseded;
    }

    private static HashSet<PartitionSpan> SpansOf(IReadOnlyList<RollupFlush> flushes, DroppedThrough dropped)
    {
        var spans = new HashSet<PartitionSpan>();
        var seen = new HashSet<long>();
        foreach (RollupFlush flush in flushes)
        {
            foreach (RollupRow row in flush.Rows)
            {
                if (!seen.Add(row.BucketMs))
                {
                    continue;
                }
                RowPlacement placement = dropped.PlacementOf(row.BucketMs);
                if (placement.Minute)
                {
                    spans.Add(PartitionSpan.Holding(PartitionKind.OneMinute, row.BucketMs));
                }
                if (placement.PartialHour)
                {
                    spans.Add(PartitionSpan.Holding(PartitionKind.OneHour, row.BucketMs));
                }
                if (placement.PartialDay)
                {
                    spans.Add(PartitionSpan.Holding(PartitionKind.OneDay, row.BucketMs));
                }
            }
        }
        return spans;
    }

    private async Task CopyMinutesAsync(List<RollupFlush> flushes, IReadOnlyDictionary<string, KnownMetric> metrics, StoreState state)
    {
        await using RollupCopy copy = await RollupCopy.BeginAsync(session, PartitionKind.OneMinute, cancel);
        int seq = 0;
        // Metric by metric, so that a metric's rows are neighbours; the sort keeps flushes of one metric in their order.
        foreach (RollupFlush flush in flushes.OrderBy(f => metrics[f.Metric].Id))
        {
            KnownMetric metric = metrics[flush.Metric];
            SortedRow[] rows = SortedRow.Of(flush.Rows, metric.IdsOf(flush.Series));
            int first = seq++;
            for (int i = 0; i < rows.Length; i++)
            {
                // Partial rows of one series and bucket are neighbours once sorted, and need numbers of their own.
                bool partial = i > 0 && rows[i].BucketMs == rows[i - 1].BucketMs && rows[i].SeriesId == rows[i - 1].SeriesId;
                RollupRow row = flush.Rows[rows[i].Index];
                var late = new LateRow(metric.Id, new SeriesEntryKey(rows[i].SeriesId, flush.Series[row.Series].Kind), row, state.SeqOf(partial ? seq++ : first));
                if (Place(late, state.Dropped.PlacementOf(row.BucketMs)))
                {
                    await copy.WriteAsync(late.MetricId, late.Series, row.BucketMs, late.Seq, row.Aggregate, row.Sketch, cancel);
                }
            }
        }
        await copy.CompleteAsync(session, cancel);
    }

    /// <returns>Whether the row goes to the minutes.</returns>
    private bool Place(LateRow row, RowPlacement placement)
    {
        if (placement.PartialHour)
        {
            _lateHours.Add(row);
        }
        if (placement.PartialDay)
        {
            _lateDays.Add(row);
        }
        if (placement.DirtyHour)
        {
            _dirtyHours.Add((row.MetricId, placement.HourMs));
        }
        if (placement.DirtyDay)
        {
            _dirtyDays.Add((row.MetricId, placement.DayMs));
        }
        return placement.Minute;
    }

    private async Task CopyLateAsync(PartitionKind kind, List<LateRow> rows, StoreState state)
    {
        if (rows.Count == 0)
        {
            return;
        }
        await using RollupCopy copy = await RollupCopy.BeginAsync(session, kind, cancel);
        for (int i = 0; i < rows.Count; i++)
        {
            LateRow late = rows[i];
            RowPlacement placement = state.Dropped.PlacementOf(late.Row.BucketMs);
            long bucket = kind == PartitionKind.OneHour ? placement.HourMs : placement.DayMs;
            // Several minutes become partial rows of one hour: numbered by their place here.
            await copy.WriteAsync(late.MetricId, late.Series, bucket, state.SeqOf(i + 1), late.Row.Aggregate, late.Row.Sketch, cancel);
        }
        await copy.CompleteAsync(session, cancel);
    }

    private readonly record struct LateRow(long MetricId, SeriesEntryKey Series, RollupRow Row, long Seq);
}
