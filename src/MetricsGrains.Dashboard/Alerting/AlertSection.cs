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

    /// <summary>Rules whose metric was never received: allowed, but whoever misspelt its name should see it.</summary>
    Waiting,
}
