using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Notifications.Wording;

/// <summary>A whole message in one line, as it stands in a subject, a summary, a phone's notification.</summary>
internal static class Headline
{
    public static string Of(Notification notification)
    {
        string what = What(notification.Alerts);
        return notification.Reason switch
        {
            NotificationReason.Test => "Test message from MetricsGrains",
            NotificationReason.Repeated => $"Still firing – {what}",
            NotificationReason.Acknowledged => $"Taken on – {what}",
            _ => what,
        };
    }

    /// <summary>The alerts, those first that the message is about.</summary>
    public static IReadOnlyList<AlertNotice> ChangedFirst(Notification notification)
    {
        HashSet<string> changed = [.. notification.Changed];
        return [.. notification.Alerts.OrderBy(a => changed.Contains(a.IncidentKey) ? 0 : 1)];
    }

    /// <summary>"3 firing, 1 resolved".</summary>
    public static string Counts(IReadOnlyList<AlertNotice> alerts)
    {
        int firing = alerts.Count(a => a.IsAlerting), over = alerts.Count - firing;
        return over == 0 ? $"{firing} firing" : firing == 0 ? $"{over} resolved" : $"{firing} firing, {over} resolved";
    }

    private static string What(IReadOnlyList<AlertNotice> alerts)
    {
        if (alerts.Count == 0)
        {
            return "No alerts";
        }
        if (alerts.Count == 1)
        {
            return AlertWords.Title(alerts[0]);
        }
        AlertNotice worst = alerts.Where(a => a.IsAlerting).MaxBy(a => a.Severity) ?? alerts[0];
        return alerts.All(a => a.RuleId == worst.RuleId)
            ? $"{AlertWords.Title(worst)} ({Counts(alerts)})"
            : $"{AlertWords.Title(worst)} and {alerts.Count - 1} more ({Counts(alerts)})";
    }
}
