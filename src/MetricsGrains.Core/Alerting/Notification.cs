namespace MetricsGrains.Core.Alerting;

/// <summary>Why a message is sent. Stored and sent by name.</summary>
public enum NotificationReason : byte
{
    /// <summary>Alerts began, or more joined.</summary>
    Fired = 1,

    /// <summary>All alerts of the group ended.</summary>
    Resolved = 2,

    /// <summary>Some ended, others go on.</summary>
    Changed = 3,

    /// <summary>Nobody acknowledged for the repeat interval.</summary>
    Repeated = 4,

    /// <summary>Somebody took it on.</summary>
    Acknowledged = 5,

    /// <summary>Somebody pressed "send test".</summary>
    Test = 6,
}

/// <summary>A message for one channel: all alerts of one group, firing ones first.</summary>
/// <param name="GroupKey">The same for every message of the group's life, and for no other group: deduplication keys and threads hang on it.</param>
/// <param name="Changed">Incident keys of the alerts this message is about; the others are there for the whole picture.</param>
/// <param name="Reference">What the receiver called the group's first message (Slack's channel and timestamp); null when there is none.</param>
/// <param name="BaseUrl">The dashboard's public address without a slash at its end; empty when it is not known, then there are no links.</param>
public sealed record Notification(Guid Id, Guid ChannelId, string GroupKey, NotificationReason Reason, IReadOnlyList<AlertNotice> Alerts, IReadOnlyList<string> Changed, string? Reference, string BaseUrl, long CreatedMs)
{
    public bool AnyAlerting => Alerts.Any(a => a.IsAlerting);

    /// <summary>The greatest severity of what goes on; of everything when all is over.</summary>
    public AlertSeverity Severity => (AnyAlerting ? Alerts.Where(a => a.IsAlerting) : Alerts).Max(a => a.Severity);
}
