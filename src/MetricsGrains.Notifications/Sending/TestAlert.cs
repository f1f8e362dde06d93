using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Notifications.Sending;

/// <summary>A made-up alert, so that a message without any shows what messages look like.</summary>
internal static class TestAlert
{
    /// <summary>The notification as it is, or with a made-up alert when it has none.</summary>
    public static Notification Fill(Notification notification)
    {
        if (notification.Alerts.Count > 0)
        {
            return notification;
        }
        AlertNotice notice = new()
        {
            RuleId = Guid.Empty,
            RuleName = "Test",
            Severity = AlertSeverity.Info,
            MetricName = "test",
            Statistic = new(Core.Windows.StatisticKind.Avg),
            Threshold = 10,
            WindowMinutes = 5,
            Tags = TagSet.Of(("test", "true")),
            Status = AlertStatus.Firing,
            Value = 12,
            IncidentMs = notification.CreatedMs,
            AtMs = notification.CreatedMs,
            Message = "If you can read this, the channel works.",
            Recent = [4, 5, 4, 6, 7, 9, 11, 12],
        };
        return notification with { Alerts = [notice], Changed = [notice.IncidentKey] };
    }
}
