using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>Rules and notices that are all right, for tests to change one thing of.</summary>
internal static class SomeRule
{
    public static readonly Guid Id = new("11111111-2222-3333-4444-555555555555");

    /// <summary>avg of cpu over 5m &gt; 90.</summary>
    public static AlertRule Threshold() => new()
    {
        Id = Id,
        Name = "CPU is hot",
        MetricName = "cpu",
        Condition = AlertCondition.Gt,
        Threshold = 90,
        WindowMinutes = 5,
        Severity = AlertSeverity.Warning,
        Channels = ["ops"],
        Owner = "platform",
    };

    public static AlertRule DeadMan() => Threshold() with { Name = "Job is silent", Type = AlertRuleType.DeadMan, MetricName = "job.done", WindowMinutes = 5 };

    public static AlertNotice Notice(params (string Key, string Value)[] tags) => new()
    {
        RuleId = Id,
        RuleName = "CPU is hot",
        Severity = AlertSeverity.Warning,
        MetricName = "cpu",
        Statistic = new Statistic(StatisticKind.Avg),
        Condition = AlertCondition.Gt,
        Threshold = 90,
        WindowMinutes = 5,
        Unit = "%",
        Tags = TagSet.Of(tags),
        Status = AlertStatus.Firing,
        Value = 97.25,
        IncidentMs = 1_776_416_400_000,
        AtMs = 1_776_416_460_000,
        Message = "hot",
        Owner = "platform",
        RunbookUrl = "https://runbooks/cpu",
        ChartPath = "/explore?metric=cpu",
        SilencePath = "/alerts/silences/new?matcher=alertname%3DCPU",
    };
}
