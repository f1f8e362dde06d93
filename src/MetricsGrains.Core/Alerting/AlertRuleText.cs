using System.Globalization;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Alerting;

/// <summary>A rule in one line of plain words.</summary>
public static class AlertRuleText
{
    /// <summary>"p99 of http.latency over 5m &gt; 0.5 for 10m, by service"; "no samples of job.done for 30m, by host".</summary>
    public static string Of(AlertRule rule)
    {
        string what = rule.MetricName + FilterOf(rule.TagFilter);
        string text = rule.Type == AlertRuleType.DeadMan
            ? $"no samples of {what} for {AlertDuration.Format(rule.Window)}"
            : string.Create(CultureInfo.InvariantCulture, $"{rule.Statistic} of {what} over {AlertDuration.Format(rule.Window)} {AlertConditions.SignOf(rule.Condition)} {rule.Threshold}");
        if (rule.For > TimeSpan.Zero)
        {
            text += " for " + AlertDuration.Format(rule.For);
        }
        return rule.GroupBy.Count == 0 ? text : $"{text}, by {string.Join(", ", rule.GroupBy)}";
    }

    private static string FilterOf(IReadOnlyList<TagFilter> filters) => filters.Count == 0 ? "" : "{" + string.Join(',', filters.Select(f => f.Match switch
    {
        TagMatch.NotEqual => $"!{f.Key}:{f.Value}",
        _ => $"{f.Key}:{f.Value}",
    })) + "}";
}
