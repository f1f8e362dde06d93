using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>What a silence's matchers see of an instance, without the notice that a channel would get: its message and its line are of no use here.</summary>
public static class InstanceLabels
{
    public static IReadOnlyDictionary<string, string> Of(AlertRule rule, AlertInstance instance) => AlertLabels.Of(new AlertNotice
    {
        RuleId = rule.Id,
        RuleName = rule.Name,
        Severity = rule.Severity,
        MetricName = rule.MetricName,
        Tags = new AlertNotices(rule, "").TagsOf(instance.Tags),
        Status = AlertStatus.Firing,
        IncidentMs = 0,
        AtMs = 0,
        Message = "",
        Owner = rule.Owner,
    });
}
