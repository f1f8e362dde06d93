using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query;

/// <summary>Reads what a rule watches: from memory alone where that holds the whole window, else from memory and store.</summary>
/// <param name="patience">Of the store: a rule whose window is in memory must never wait for one whose is not.</param>
public sealed class AlertObserver(IGrains grains, IRollupStore rollups, IRawStore raw, StorePatience patience) : IAlertObserver
{
    private const int RecentMinutes = 30;

    /// <summary>More than that nobody can tell apart in a picture as wide as a word.</summary>
    private const int MaxRecent = 60;

    private readonly MemoryAndStore _merge = new(grains, rollups, raw);

    public async Task<ObservedValues> ObserveAsync(AlertRule rule, long fromMs, long toMs, CancellationToken cancel)
    {
        bool threshold = rule.Type == AlertRuleType.Threshold;
        SketchNeed sketch = threshold ? StatisticRules.SketchNeedOf(rule.Statistic) : SketchNeed.None;
        // A bucket of a day, cut short by the range: the window is one bucket, or two where it crosses midnight.
        var query = new AggregateQuery(fromMs, toMs, Resolution.OneDay, rule.TagFilter, rule.GroupBy, sketch);
        MetricAnswer? memory = await grains.QueryAsync(rule.MetricName, query, cancel);
        if (memory is not null && memory.CompleteFromMs <= fromMs)
        {
            return Values(rule, memory.Kind, memory.Unit, memory.Frame, toMs - fromMs);
        }
        // The store's finest rows that are there at once are minutes.
        AggregateQuery whole = query with { FromMs = Resolution.Floor(fromMs, Resolution.OneMinute) };
        MergedAnswer? merged = await patience.AskAsync(stop => _merge.ReadAsync(rule.MetricName, whole, stop), cancel);
        return merged is null ? new ObservedValues([], "", MetricKnown: false) : Values(rule, merged.Kind, merged.Unit, merged.Frame, toMs - whole.FromMs);
    }

    public async Task<IReadOnlyList<double>> RecentAsync(AlertRule rule, TagSet tags, long toMs, CancellationToken cancel)
    {
        bool deadMan = rule.Type == AlertRuleType.DeadMan;
        Statistic statistic = deadMan ? new Statistic(StatisticKind.Count) : rule.Statistic;
        // Of one that is silent the interesting part is what was before the silence.
        long length = (RecentMinutes + (deadMan ? rule.WindowMinutes : 0)) * Resolution.OneMinute;
        long step = Resolution.Ceiling((length + MaxRecent - 1) / MaxRecent, Resolution.OneMinute);
        // The group's own values in place of the rule's conditions on those keys, for conditions on one key are alternatives; and grouped all the same,
        // because a group may be the one that lacks a tag.
        IReadOnlyList<TagFilter> filters = [.. rule.TagFilter.Where(f => !tags.TryGet(f.Key, out _)), .. tags.ToPairs().Select(t => new TagFilter(t.Key, TagMatch.Equal, t.Value))];
        var query = new AggregateQuery(Resolution.Floor(toMs - length, step), Resolution.Ceiling(toMs, step), step, filters, rule.GroupBy, StatisticRules.SketchNeedOf(statistic));
        (MetricKind Kind, AggregateFrame Frame)? answer = await ReadRecentAsync(rule.MetricName, query, cancel);
        if (answer is not { } read || !StatisticRules.Has(read.Kind, statistic.Kind))
        {
            return [];
        }
        IReadOnlyList<AggregatePoint> points = read.Frame.Groups.FirstOrDefault(g => g.Key.Equals(tags))?.Points ?? [];
        return deadMan ? WithSilences(points, query) : [.. points.Select(p => StatisticRules.ValueOf(statistic, p, step)).Where(double.IsFinite)];
    }

    /// <summary>A picture is worth a look at the store, but no wait for one that is in trouble: then memory's part of it will do.</summary>
    private async Task<(MetricKind Kind, AggregateFrame Frame)?> ReadRecentAsync(string metric, AggregateQuery query, CancellationToken cancel)
    {
        MetricAnswer? memory = await grains.QueryAsync(metric, query, cancel);
        if (memory is null || memory.CompleteFromMs > query.FromMs)
        {
            try
            {
                return await patience.AskAsync(stop => _merge.ReadAsync(metric, query, stop), cancel) is { } merged ? (merged.Kind, merged.Frame) : null;
            }
            catch (StoreUnavailableException) when (memory is not null)
            {
                // Whoever needs the store for the evaluation itself says that it failed.
            }
        }
        return memory is null ? null : (memory.Kind, memory.Frame);
    }

    /// <summary>Counts of samples, with a nought where there were none: from the first that are known to the end.</summary>
    private static IReadOnlyList<double> WithSilences(IReadOnlyList<AggregatePoint> points, AggregateQuery query)
    {
        if (points.Count == 0)
        {
            return [];
        }
        long first = points.Min(p => p.BucketMs);
        double[] counts = new double[(query.ToMs - first) / query.StepMs];
        foreach (AggregatePoint point in points)
        {
            counts[(point.BucketMs - first) / query.StepMs] += point.Aggregate.Count;
        }
        return counts;
    }

    private static ObservedValues Values(AlertRule rule, MetricKind kind, string unit, AggregateFrame frame, long lengthMs)
    {
        bool threshold = rule.Type == AlertRuleType.Threshold;
        if (threshold && !StatisticRules.Has(kind, rule.Statistic.Kind))
        {
            throw new AlertObservationException(StatisticCheck.Problem(rule.MetricName, kind, rule.Statistic));
        }
        var groups = new List<ObservedGroup>(frame.Groups.Count);
        foreach (AggregateGroup group in frame.Groups)
        {
            AggregatePoint point = group.Points[0];
            for (int i = 1; i < group.Points.Count; i++)
            {
                point.Merge(group.Points[i]);
            }
            double value = threshold ? StatisticRules.ValueOf(rule.Statistic, point, lengthMs) : point.Aggregate.Count;
            groups.Add(new ObservedGroup(group.Key, value, point.Aggregate.LastAt));
        }
        return new ObservedValues(groups, unit, MetricKnown: true);
    }
}
