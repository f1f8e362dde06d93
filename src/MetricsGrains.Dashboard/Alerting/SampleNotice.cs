using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>A notice as a rule would give it, to show what it would look like; never sent.</summary>
public static class SampleNotice
{
    public static AlertNotice Of(AlertRule rule, AlertInstance instance) =>
        Of(rule, instance.Tags, instance.State.LastValue, instance.State.IncidentMs ?? instance.State.SinceMs, instance.State.LastValueMs ?? instance.State.SinceMs, "");

    public static AlertNotice Of(AlertRule rule, TagSet tags, double? value, long incidentMs, long atMs, string unit) => new()
    {
        RuleId = rule.Id,
        RuleName = rule.Name,
        RuleType = rule.Type,
        Severity = rule.Severity,
        MetricName = rule.MetricName,
        Statistic = rule.Statistic,
        Condition = rule.Condition,
        Threshold = rule.Threshold,
        WindowMinutes = rule.WindowMinutes,
        Unit = unit,
        Tags = WithFixed(rule, tags),
        Status = AlertStatus.Firing,
        Value = value,
        IncidentMs = incidentMs,
        AtMs = atMs,
        Message = rule.Name,
        Owner = rule.Owner,
        RunbookUrl = rule.RunbookUrl,
        RepeatInterval = rule.RepeatInterval,
        Inhibits = rule.Inhibits,
        ChartPath = "/" + AlertLinks.Chart(rule, tags, incidentMs, null, atMs),
        SilencePath = "/" + AlertLinks.Silence(rule, tags),
    };

    // A filter that only one value passes is as good as a tag of every instance.
    private static TagSet WithFixed(AlertRule rule, TagSet tags)
    {
        IEnumerable<(string, string)> given = rule.TagFilter.GroupBy(f => f.Key, StringComparer.Ordinal)
            .Where(g => g.Count() == 1 && g.First().Match == TagMatch.Equal).Select(g => (g.Key, g.First().Value));
        return TagSet.Of([.. given, .. tags.ToPairs().Select(p => (p.Key, p.Value))]);
    }
}
