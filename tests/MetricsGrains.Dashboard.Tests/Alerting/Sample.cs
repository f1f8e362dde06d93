using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Testbed;

namespace MetricsGrains.Dashboard.Tests.Alerting;

/// <summary>Rules, instances and values as the tests need them.</summary>
internal static class Sample
{
    /// <summary>A minute's start.</summary>
    public const long Now = 1_795_000_020_000 / 60_000 * 60_000;

    public static AlertRule Rule(string name, AlertSeverity severity = AlertSeverity.Warning, string metric = "shop.latency") => new()
    {
        Id = new Guid(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)).AsSpan(0, 16)),
        Name = name,
        MetricName = metric,
        Statistic = new Statistic(StatisticKind.Percentile, 0.99),
        Threshold = 250,
        Severity = severity,
        Version = 1,
    };

    public static AlertInstance Instance(AlertPhase phase, string? tag = null, AlertPhase? held = null, double value = 431) => new(
        tag is null ? TagSet.Empty : TagSet.Of(("region", tag)),
        new AlertState { Phase = phase, Held = held ?? phase, SinceMs = Now - 60_000, IncidentMs = Now - 120_000, LastValue = value, LastValueMs = Now },
        Now);

    /// <summary>A group with one value a minute, the last at <see cref="Now"/>.</summary>
    public static PreviewSeries Series(string? tag, params double[] values) => new(
        tag is null ? TagSet.Empty : TagSet.Of(("region", tag)),
        [.. values.Select((v, i) => new PreviewPoint(Now - (values.Length - 1 - i) * 60_000L, v))]);

    /// <summary>A clock that stands at <see cref="Now"/> until it is moved.</summary>
    public static ManualClock Clock() => new(Now);
}
