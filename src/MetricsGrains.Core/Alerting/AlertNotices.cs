using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Alerting;

/// <summary>Makes the notices of a rule's instances.</summary>
/// <param name="BaseUrl">The dashboard's public address without a slash at its end; empty when it is not known.</param>
public sealed record AlertNotices(AlertRule Rule, string BaseUrl)
{
    private readonly MessageTemplate? _message = Rule.Message.Length > 0 && MessageTemplate.TryParse(Rule.Message, out MessageTemplate? template, out _) ? template : null;

    private readonly (string Key, string Value)[] _fixed = FixedTags(Rule);

    /// <summary>Whether an instance is one to tell channels of.</summary>
    public static bool IsTold(AlertInstance instance) => instance.State.IsAlerting || instance.State.Held == AlertPhase.Resolved;

    /// <summary>An instance's notice. Its state must have an incident.</summary>
    public AlertNotice Of(AlertInstance instance, string unit, IReadOnlyList<double> recent, bool muted, long nowMs)
    {
        AlertState state = instance.State;
        long incident = state.IncidentMs ?? state.SinceMs;
        TagSet tags = TagsOf(instance.Tags);
        AlertStatus status = state.Held switch { AlertPhase.Firing => AlertStatus.Firing, AlertPhase.NoData => AlertStatus.NoData, _ => AlertStatus.Resolved };
        var notice = new AlertNotice
        {
            RuleId = Rule.Id,
            RuleName = Rule.Name,
            RuleType = Rule.Type,
            Severity = Rule.Severity,
            MetricName = Rule.MetricName,
            Statistic = Rule.Statistic,
            Condition = Rule.Condition,
            Threshold = Rule.Type == AlertRuleType.DeadMan ? Rule.Window.TotalSeconds : Rule.Threshold,
            WindowMinutes = Rule.WindowMinutes,
            Unit = Rule.Type == AlertRuleType.DeadMan ? "s" : unit,
            Tags = tags,
            Instance = instance.Tags.ToString(),
            Status = status,
            Value = state.LastValue,
            IncidentMs = incident,
            EndedMs = status == AlertStatus.Resolved ? Math.Max(incident, state.ResolvedMs ?? nowMs) : null,
            AtMs = nowMs,
            Message = "",
            Owner = Rule.Owner,
            RunbookUrl = Rule.RunbookUrl,
            RepeatInterval = Rule.RepeatInterval,
            Inhibits = Rule.Inhibits,
            Muted = muted,
            Acknowledged = state.IsAlerting ? instance.Acknowledged : null,
            Recent = recent,
            ChartPath = AlertPaths.Chart(Rule, instance.Tags, incident, nowMs),
            SilencePath = AlertPaths.Silence(Rule, tags),
        };
        string message = _message?.Render(notice, BaseUrl) ?? "";
        return notice with { Message = string.IsNullOrWhiteSpace(message) ? AlertSentence.Of(notice) : message };
    }

    /// <summary>The group's tags, and those that the rule's filter fixes: a key with one equal condition has that value in every series of the group.</summary>
    public TagSet TagsOf(TagSet group) =>
        _fixed.Length == 0 ? group : TagSet.Of([.. _fixed, .. group.ToPairs().Select(p => (p.Key, p.Value))]);

    private static (string, string)[] FixedTags(AlertRule rule) =>
    [
        .. rule.TagFilter.Where(f => f.Match != TagMatch.NotEqual).GroupBy(f => f.Key, StringComparer.Ordinal)
            .Where(k => k.Count() == 1 && k.First().Match == TagMatch.Equal)
            .Select(k => (k.Key, k.First().Value)),
    ];
}
