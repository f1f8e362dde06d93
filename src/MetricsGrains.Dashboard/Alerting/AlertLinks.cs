using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Dashboard.Exploring;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>Addresses of pages about rules and alerts, relative to the dashboard's base.</summary>
public static class AlertLinks
{
    // What led to an incident is as telling as the incident.
    private const long BeforeMs = 30 * Resolution.OneMinute;
    private const long AfterMs = 10 * Resolution.OneMinute;

    public static string Rule(Guid id) => $"alerts/rules/{id}";

    public static string NewRule(string template) => "alerts/rules/new" + (template.Length == 0 ? "" : "?template=" + template);

    public static string Channel(Guid id) => $"alerts/channels/{id}";

    /// <summary>The history of a rule, or of one of its instances.</summary>
    public static string History(Guid ruleId, string? instance = null) =>
        $"alerts/history?rule={ruleId}" + (instance is null ? "" : "&instance=" + ExploreState.Escape(instance));

    /// <summary>A new silence for one instance, ready to be saved.</summary>
    public static string Silence(AlertRule rule, TagSet tags) => AlertPaths.Silence(rule, new AlertNotices(rule, "").TagsOf(tags)).TrimStart('/');

    /// <summary>What the rule watches, around a time.</summary>
    /// <param name="toMs">Unix ms; null: it goes on, so the chart is live.</param>
    public static string Chart(AlertRule rule, TagSet tags, long fromMs, long? toMs, long nowMs)
    {
        TimeRange range = toMs is { } end && end + AfterMs < nowMs
            ? TimeRange.Between(fromMs - BeforeMs, end + AfterMs)
            : TimeRange.Presets.FirstOrDefault(p => p.LastMs >= nowMs - fromMs + BeforeMs, TimeRange.Presets[^1]);
        return "explore" + (ExploreState.Empty with
        {
            Metric = rule.MetricName,
            Filters = Filters(rule, tags),
            GroupBy = [],
            Statistic = rule.Type == AlertRuleType.DeadMan ? new Statistic(StatisticKind.Count) : rule.Statistic,
            Range = range,
        }).ToQuery();
    }

    /// <summary>The rule's filters and the instance's tags.</summary>
    public static IReadOnlyList<TagFilter> Filters(AlertRule rule, TagSet tags)
    {
        TagFilter[] own = [.. tags.ToPairs().Select(p => new TagFilter(p.Key, TagMatch.Equal, p.Value))];
        // Filters of one key are alternatives: those that the instance's value already narrows would widen it again.
        return [.. rule.TagFilter.Where(f => f.Match == TagMatch.NotEqual || !own.Any(o => o.Key == f.Key)), .. own];
    }

    /// <summary>What an instance's sparkline asks.</summary>
    public static MetricQuery Line(AlertRule rule, TagSet tags, long spanMs, long nowMs) => new(
        rule.MetricName, nowMs - spanMs, nowMs + 1, Resolution.OneMinute,
        rule.Type == AlertRuleType.DeadMan ? new Statistic(StatisticKind.Count) : rule.Statistic, Filters(rule, tags), []);
}
