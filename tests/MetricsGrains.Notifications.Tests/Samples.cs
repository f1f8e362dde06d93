using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Notifications.Tests;

/// <summary>Alerts and notifications with fixed ids and times, so that bodies can be compared with golden files.</summary>
internal static class Samples
{
    public const string BaseUrl = "https://metrics.example.com";

    /// <summary>2026-03-01 12:00 UTC.</summary>
    public const long NoonMs = 1_772_366_400_000;

    public static readonly Guid LatencyRule = new("11111111-1111-1111-1111-111111111111");
    public static readonly Guid SilenceRule = new("22222222-2222-2222-2222-222222222222");
    public static readonly Guid ChannelId = new("33333333-3333-3333-3333-333333333333");
    public static readonly Guid MessageId = new("44444444-4444-4444-4444-444444444444");

    public static AlertNotice Latency(string region = "eu") => new()
    {
        RuleId = LatencyRule,
        RuleName = "Checkout is slow",
        Severity = AlertSeverity.Critical,
        MetricName = "checkout.duration",
        Statistic = new Statistic(StatisticKind.Percentile, 0.99),
        Threshold = 1000,
        WindowMinutes = 5,
        Unit = "ms",
        Tags = TagSet.Of(("region", region), ("service", "checkout")),
        Status = AlertStatus.Firing,
        Value = 1412.7,
        IncidentMs = NoonMs,
        AtMs = NoonMs + 300_000,
        Message = "p99 of checkout.duration is 1412.7 ms in " + region + ", more than 1000 ms & rising <fast>",
        Owner = "payments",
        RunbookUrl = "https://wiki.example.com/runbooks/checkout?x=1&y=2",
        RepeatInterval = TimeSpan.FromHours(4),
        Recent = [420, 431, 418, 440, 470, 465, 520, 610, 700, 655, 690, 810, 930, 1010, 1100, 1290, 1350, 1412.7],
        ChartPath = "/explore?metric=checkout.duration&from=1772364600000&to=1772368200000",
        SilencePath = "/alerts/silences/new?rule=11111111111111111111111111111111&region=" + region,
    };

    public static AlertNotice Silent() => new()
    {
        RuleId = SilenceRule,
        RuleName = "Backup has stopped",
        RuleType = AlertRuleType.DeadMan,
        Severity = AlertSeverity.Warning,
        MetricName = "backup.runs",
        WindowMinutes = 90,
        Tags = TagSet.Of(("host", "db-1")),
        Status = AlertStatus.NoData,
        Value = 5_460,
        IncidentMs = NoonMs + 60_000,
        AtMs = NoonMs + 300_000,
        Message = "backup.runs of db-1 has been silent for 91 min",
        ChartPath = "/explore?metric=backup.runs",
        SilencePath = "/alerts/silences/new?host=db-1",
    };

    public static AlertNotice Resolve(AlertNotice notice) =>
        notice with { Status = AlertStatus.Resolved, EndedMs = notice.IncidentMs + 725_000, AtMs = notice.IncidentMs + 725_000, Value = 300, Message = notice.RuleName + " is well again" };

    public static Notification Of(NotificationReason reason, params AlertNotice[] alerts) =>
        new(MessageId, ChannelId, "channel/33333333333333333333333333333333/1772366400000", reason, alerts, [.. alerts.Select(a => a.IncidentKey)], null, BaseUrl, NoonMs + 300_000);

    public static Channel ChannelOf(ChannelType type, IReadOnlyDictionary<string, string> settings, IReadOnlyDictionary<string, string> secrets) =>
        new() { Id = ChannelId, Name = "On call", Type = type, Settings = settings, Secrets = secrets };
}
