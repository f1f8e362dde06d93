namespace MetricsGrains.Dashboard.Alerting;

/// <summary>The parts of the Alerts page, in the order they are shown.</summary>
public enum AlertSection
{
    Firing,
    Pending,
    NoData,
    Error,
    Muted,
    Resolved,
}
