namespace MetricsGrains.Core.Alerting;

/// <summary>States and severities as words in messages and labels.</summary>
public static class AlertNames
{
    /// <summary>"info", "warning", "critical".</summary>
    public static string Of(AlertSeverity severity) => severity.ToString().ToLowerInvariant();

    /// <summary>"firing", "no data", "resolved".</summary>
    public static string Of(AlertStatus status) => status == AlertStatus.NoData ? "no data" : status.ToString().ToLowerInvariant();
}
