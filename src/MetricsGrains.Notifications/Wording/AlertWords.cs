using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Notifications.Wording;

/// <summary>One alert in the words that every receiver gets.</summary>
internal static class AlertWords
{
    /// <summary>Alerts that a message tells in full; the others are counted.</summary>
    public const int MaxTold = 20;

    /// <summary>"Critical: High latency", "No data: High latency", "Resolved: High latency".</summary>
    public static string Title(AlertNotice notice) => notice.Status switch
    {
        AlertStatus.Resolved => $"Resolved: {notice.RuleName}",
        AlertStatus.NoData => $"No data: {notice.RuleName}",
        _ => $"{notice.Severity}: {notice.RuleName}",
    };

    /// <summary>"p99 of checkout.duration over 5 min".</summary>
    public static string Watched(AlertNotice notice) => notice.RuleType == AlertRuleType.DeadMan
        ? $"arrival of {notice.MetricName}"
        : $"{notice.Statistic} of {notice.MetricName} over {ValueText.Span(TimeSpan.FromMinutes(notice.WindowMinutes))}";

    public static string Value(AlertNotice notice) => notice.RuleType switch
    {
        AlertRuleType.DeadMan => notice.Value is { } seconds and >= 0 and < 1e9 ? "silent for " + ValueText.Span(TimeSpan.FromSeconds(seconds)) : ValueText.Absent,
        _ => ValueText.Format(notice.Value, ValueText.UnitOf(notice.Unit, notice.Statistic)),
    };

    /// <summary>What the value was held against: "&gt; 1000 ms".</summary>
    public static string Threshold(AlertNotice notice) => notice.RuleType switch
    {
        AlertRuleType.DeadMan => "silent for " + ValueText.Span(TimeSpan.FromMinutes(notice.WindowMinutes)),
        _ => AlertConditions.SignOf(notice.Condition) + " " + ValueText.Format(notice.Threshold, ValueText.UnitOf(notice.Unit, notice.Statistic)),
    };

    /// <summary>"2026-03-01 12:05 UTC", and how long it took when it is over.</summary>
    public static string Time(AlertNotice notice) => notice.EndedMs is { } ended
        ? $"{ValueText.Time(notice.IncidentMs)}, for {ValueText.Span(TimeSpan.FromMilliseconds(Math.Max(ended - notice.IncidentMs, 0)))}"
        : ValueText.Time(notice.IncidentMs);

    /// <summary>What there is to know, with the words for it. Nothing that is empty.</summary>
    public static IEnumerable<(string Label, string Text)> Facts(AlertNotice notice)
    {
        (string Label, string Text)[] all =
        [
            ("Value", Value(notice)),
            ("Threshold", Threshold(notice)),
            ("Watched", Watched(notice)),
            ("Since", Time(notice)),
            ("Tags", string.Join(", ", notice.Tags.ToPairs().Select(t => $"{t.Key}:{t.Value}"))),
            ("Owner", notice.Owner),
            ("Taken on by", notice.Acknowledged is { } taken ? taken.By + (taken.Note.Length > 0 ? $" ({taken.Note})" : "") : ""),
        ];
        return all.Where(f => f.Text.Length > 0);
    }
}
