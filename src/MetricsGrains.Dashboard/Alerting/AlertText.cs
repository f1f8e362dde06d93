using System.Text;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Dashboard.Exploring;
using MetricsGrains.Dashboard.Formatting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>Rules and alerts in words.</summary>
public static class AlertText
{
    /// <summary>"p99 over 5m &gt; 250 ms"; "silent for 10m".</summary>
    /// <param name="unit">The metric's; may be empty.</param>
    public static string Condition(AlertRule rule, string unit) => rule.Type == AlertRuleType.DeadMan
        ? "silent for " + AlertDuration.Format(rule.Window)
        : $"{rule.Statistic} over {AlertDuration.Format(rule.Window)} {AlertConditions.SignOf(rule.Condition)} {ValueFormat.Format(rule.Threshold, ValueFormat.UnitOf(unit, rule.Statistic))}";

    /// <summary>A whole sentence: what fires, and what ends it.</summary>
    public static string Sentence(AlertRule rule, string unit)
    {
        string metric = rule.MetricName.Length == 0 ? "the metric" : rule.MetricName;
        string where = rule.TagFilter.Count == 0 ? "" : " where " + string.Join(", ", rule.TagFilter.Select(FilterText.Format));
        string each = rule.GroupBy.Count == 0 ? "" : " for any " + string.Join(", ", rule.GroupBy);
        if (rule.Type == AlertRuleType.DeadMan)
        {
            return rule.GroupBy.Count == 0
                ? $"Fires when {metric}{where} sends nothing for {AlertDuration.Format(rule.Window)}, and ends when it is back."
                : $"Fires when any {string.Join(", ", rule.GroupBy)} of {metric}{where} sends nothing for {AlertDuration.Format(rule.Window)}, and ends when it is back.";
        }
        var text = new StringBuilder();
        string of = ValueFormat.UnitOf(unit, rule.Statistic);
        text.Append("Fires when ").Append(rule.Statistic).Append(" of ").Append(metric).Append(where).Append(" over ").Append(AlertDuration.Format(rule.Window))
            .Append(" is ").Append(AlertConditions.SignOf(rule.Condition)).Append(' ').Append(ValueFormat.Format(rule.Threshold, of)).Append(each);
        if (rule.For > TimeSpan.Zero)
        {
            text.Append(", for at least ").Append(AlertDuration.Format(rule.For));
        }
        if (rule.RecoveryThreshold is { } recovery)
        {
            text.Append("; ends when it is no longer ").Append(AlertConditions.SignOf(rule.Condition)).Append(' ').Append(ValueFormat.Format(recovery, of));
        }
        if (rule.KeepFiringFor > TimeSpan.Zero)
        {
            text.Append(rule.RecoveryThreshold is null ? "; ends when that is over for " : " for ").Append(AlertDuration.Format(rule.KeepFiringFor));
        }
        return text.Append('.').ToString();
    }

    /// <summary>An instance's value: "431 ms", "silent for 7 min"; a dash when there never was one.</summary>
    public static string Value(AlertRule rule, double? value, string unit) => value is not { } number
        ? ValueFormat.Absent
        : rule.Type == AlertRuleType.DeadMan
            ? "silent for " + Elapsed.Span((long)Math.Clamp(number * 1000, 0, long.MaxValue / 2))
            : ValueFormat.Format(number, ValueFormat.UnitOf(unit, rule.Statistic));

    /// <summary>Of a rule whose metric was never received.</summary>
    public static string Waiting(AlertRule rule) => $"Waiting for the first sample of {rule.MetricName}: nothing has been received under that name yet.";

    /// <summary>"region:eu, service:api"; "everything" for a rule that does not group.</summary>
    public static string Tags(TagSet tags) => tags.Count == 0 ? "everything" : string.Join(", ", tags.ToPairs().Select(p => p.Key + ":" + p.Value));

    public static string NameOf(AlertSeverity severity) => severity.ToString().ToLowerInvariant();

    public static string NameOf(AlertPhase phase) => phase switch
    {
        AlertPhase.Inactive => "ok",
        AlertPhase.NoData => "no data",
        _ => phase.ToString().ToLowerInvariant(),
    };

    public static string NameOf(AlertRuleType type) => type == AlertRuleType.DeadMan ? "dead-man's switch" : "threshold";

    /// <summary>"3 alerts", "1 alert".</summary>
    public static string Count(int number, string noun) => FormattableString.Invariant($"{number:N0} {noun}{(number == 1 ? "" : "s")}");
}
