using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query;

/// <summary>Reads what a rule watches: from memory alone where that holds the whole window, else from memory and store.</summary>
public sealed class AlertObserver(IGrains grains, IRollupStore rollups, IRawStore raw) : IAlertObserver
{
    private const int RecentMinutes = 30;

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
        MergedAnswer? merged = await _merge.ReadAsync(rule.MetricName, whole, cancel);
        return merged is null ? new ObservedValues([], "", MetricKnown: false) : Values(rule, merged.Kind, merged.Unit, merged.Frame, toMs - whole.FromMs);
    }

    public async Task<IReadOnlyList<double>> RecentAsync(AlertRule rule, TagSet tags, long toMs, CancellationToken cancel)
    {
        long to = Resolution.Ceiling(toMs, Resolution.OneMinute);
        IReadOnlyList<TagFilter> filters = [.. rule.TagFilter.Where(f => !tags.TryGet(f.Key, out _)), .. tags.ToPairs().Select(t => new TagFilter(t.Key, TagMatch.Equal, t.Value))];
        var query = new AggregateQuery(to - (RecentMinutes * Resolution.OneMinute), to, Resolution.OneMinute, filters, [], StatisticRules.SketchNeedOf(rule.Statistic));
        MergedAnswer? answer = await _merge.ReadAsync(rule.MetricName, query, cancel);
        if (answer is null || !StatisticRules.Has(answer.Kind, rule.Statistic.Kind))
        {
            return [];
        }
        return [.. answer.Frame.Groups.SelectMany(g => g.Points).Select(p => StatisticRules.ValueOf(rule.Statistic, p, Resolution.OneMinute)).Where(double.IsFinite)];
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
