using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Contracts.Alerting;

/// <summary>Rules, channels and what else alerting keeps, with every member set to something else than its default where it says so.</summary>
public static class AlertSamples
{
    /// <summary>2025-03-10 12:00:00 UTC.</summary>
    public const long T0 = 1_741_608_000_000;

    public const long Minute = 60_000;

    public const long Day = 86_400_000;

    /// <summary>The first thousand of all events.</summary>
    public static AlertEventQuery AnyEvent { get; } = new(null, null, null, [], long.MinValue, long.MaxValue, null, 1_000);

    public static AlertRule Rule(string name, int version = 1) => new() { Id = Guid.NewGuid(), Name = name, MetricName = "m", Version = version, CreatedAtMs = T0, UpdatedAtMs = T0 };

    public static AlertRule FullRule() => new()
    {
        Id = Guid.NewGuid(),
        Name = "Latenz der \"Bestellung\" ✓ \\u0041",
        Type = AlertRuleType.DeadMan,
        MetricName = "api.request.duration",
        // In no order that a database would bring them into.
        TagFilter = [new("service", TagMatch.Glob, "check*"), new("env", TagMatch.Equal, "production"), new("env", TagMatch.Equal, "staging"), new("a", TagMatch.NotEqual, "x")],
        GroupBy = ["region", "host"],
        Statistic = new Statistic(StatisticKind.Percentile, 0.999),
        Condition = AlertCondition.Lte,
        Threshold = 0.1 + 0.2,
        RecoveryThreshold = -1e-300,
        WindowMinutes = 17,
        For = TimeSpan.FromMinutes(3),
        KeepFiringFor = TimeSpan.FromSeconds(90),
        NoData = NoDataPolicy.Alert,
        NoDataAfter = TimeSpan.FromHours(26),
        Severity = AlertSeverity.Critical,
        Channels = ["ops", "pager"],
        RepeatInterval = TimeSpan.FromDays(1),
        Inhibits = true,
        RunbookUrl = "https://runbooks.example/latency?a=1&b=2",
        Message = "{{value}} > {{threshold}}\n{{tags.host}}",
        Owner = "checkout",
        Enabled = false,
        Version = 1,
        CreatedAtMs = T0,
        UpdatedAtMs = T0 + 1,
        UpdatedBy = "ada",
    };

    public static AlertRuleState FullState(Guid ruleId) => new(
        ruleId, 3,
        [
            new AlertInstance(TagSet.Of(("host", "a"), ("region", "eu \"1\"")), FullInstanceState(12.5), T0, new Acknowledgement("ada", T0 + 2, "on it")),
            new AlertInstance(TagSet.Empty, FullInstanceState(double.NaN), T0 + 1),
            new AlertInstance(TagSet.Of(("host", "b")), FullInstanceState(double.NegativeInfinity), T0 + 1),
        ],
        new RuleMute(long.MaxValue, "bob", "noise"), T0 - 5, T0);

    public static Channel Channel(string name, int version = 1) => new()
    {
        Id = Guid.NewGuid(),
        Name = name,
        Type = ChannelType.Webhook,
        Secrets = new Dictionary<string, string> { ["url"] = "https://hooks.example/" },
        Version = version,
        CreatedAtMs = T0,
        UpdatedAtMs = T0,
    };

    public static Channel FullChannel(string secret) => new()
    {
        Id = Guid.NewGuid(),
        Name = "Ops & Co",
        Type = ChannelType.PagerDuty,
        Enabled = false,
        Settings = new Dictionary<string, string> { ["smtp_host"] = "smtp.example", ["a"] = "line 1\nline 2", ["Upper"] = "" },
        Secrets = new Dictionary<string, string> { ["routing_key"] = secret, ["headers"] = $"Authorization: Bearer {secret}" },
        Grouping = NotificationGrouping.Instance,
        GroupWait = TimeSpan.FromSeconds(5),
        GroupInterval = TimeSpan.FromMinutes(7),
        RatePerMinute = 3,
        FallbackId = Guid.NewGuid(),
        Version = 1,
        CreatedAtMs = T0,
        UpdatedAtMs = T0 + 3,
    };

    public static ChannelState FullChannelState(Guid channelId) => new(
        channelId,
        [
            new NotificationGroup("key/1", "scope", T0, T0 + 1, "C1/123.456",
                [
                    new GroupedAlert(Notice(double.PositiveInfinity), AlertStatus.Firing, T0 + 2, true, new Suppression(SuppressionReason.Silence, "ada: deploy", Guid.NewGuid())),
                    new GroupedAlert(Notice(null), null, null, false, null),
                ]),
            new NotificationGroup("key/2", "", T0, null, null, []),
        ], 4, true);

    public static OutboxMessage Message(Guid channelId, long createdMs, OutboxStatus status = OutboxStatus.Waiting, long? finishedMs = null) => new(
        new Notification(Guid.NewGuid(), channelId, "key/1", NotificationReason.Changed, [Notice(3)], ["incident"], "C1/123.456", "https://metrics.example", createdMs),
        status, 2, createdMs + 500, finishedMs, "503 try later");

    public static Silence Silence(long toMs, long createdMs = T0) => new()
    {
        Id = Guid.NewGuid(),
        Matchers = [new AlertMatcher("service", MatchOperator.Regex, "check.*|pay"), new AlertMatcher("env", MatchOperator.NotEqual, "")],
        FromMs = T0,
        ToMs = toMs,
        Recurrence = new Recurrence([DayOfWeek.Saturday, DayOfWeek.Sunday], new TimeOnly(23, 30, 15), TimeSpan.FromHours(7), "Europe/Berlin"),
        CreatedBy = "ada",
        Comment = "maintenance of \"db\"",
        Version = 1,
        CreatedAtMs = createdMs,
    };

    public static AlertEvent Edit(AlertEventKind kind, Guid? ruleId = null, long atMs = T0, string by = "ada") => new() { AtMs = atMs, Kind = kind, RuleId = ruleId, By = by };

    public static AlertEvent FullEvent(long atMs, Guid ruleId, Guid channelId) => new()
    {
        AtMs = atMs,
        Kind = AlertEventKind.NotificationSuppressed,
        RuleId = ruleId,
        RuleName = "Latency",
        Instance = "host:a,region:eu",
        From = AlertPhase.Pending,
        To = AlertPhase.Firing,
        Value = double.NaN,
        IncidentMs = T0 - 1,
        ChannelId = channelId,
        ChannelName = "ops",
        Suppression = SuppressionReason.Inhibition,
        Detail = "host down fires\n…",
        By = "bob",
    };

    private static AlertState FullInstanceState(double value) => new()
    {
        Phase = AlertPhase.Muted,
        Held = AlertPhase.Firing,
        SinceMs = T0 - 10,
        PendingSinceMs = T0 - 9,
        ClearSinceMs = T0 - 8,
        SilentSinceMs = T0 - 7,
        IncidentMs = T0 - 6,
        ResolvedMs = T0 - 5,
        LastValue = value,
        LastValueMs = T0 - 4,
        Detail = "why",
    };

    private static AlertNotice Notice(double? value) => new()
    {
        RuleId = Guid.NewGuid(),
        RuleName = "Latency",
        RuleType = AlertRuleType.DeadMan,
        Severity = AlertSeverity.Critical,
        MetricName = "api.request.duration",
        Statistic = new Statistic(StatisticKind.Percentile, 0.95),
        Condition = AlertCondition.Ne,
        Threshold = 1.5,
        WindowMinutes = 9,
        Unit = "ms",
        Tags = TagSet.Of(("zone", "z"), ("a", "ä")),
        Status = AlertStatus.NoData,
        Value = value,
        IncidentMs = T0,
        EndedMs = T0 + 5,
        AtMs = T0 + 6,
        Message = "it is slow",
        Owner = "checkout",
        RunbookUrl = "https://runbooks.example",
        RepeatInterval = TimeSpan.FromHours(2),
        Inhibits = true,
        Muted = true,
        Acknowledged = new Acknowledgement("ada", T0, ""),
        Recent = [1, double.NaN, 3.25, double.PositiveInfinity],
        ChartPath = "/explore?m=1",
        SilencePath = "/silences/new?m=1",
    };
}
