using MetricsGrains.Core.Ports;
using MetricsGrains.Notifications.Email;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.PagerDuty;
using MetricsGrains.Notifications.Slack;
using MetricsGrains.Notifications.Webhook;

namespace MetricsGrains.Notifications;

/// <summary>All notifiers there are.</summary>
public static class Notifiers
{
    /// <summary>One for each type of channel. They hold connections and live as long as the process.</summary>
    /// <param name="allowPrivateAddresses">Whether HTTP may go to addresses that are not public: the node's own machine and network. SMTP always may.</param>
    /// <param name="time">Limits attempts, reads Retry-After's dates, dates mails.</param>
    public static IReadOnlyList<INotifier> Create(bool allowPrivateAddresses, TimeProvider time)
    {
        var courier = new HttpCourier(new GuardedDialer(allowPrivateAddresses), time);
        return [new SlackNotifier(courier, time), new PagerDutyNotifier(courier, time), new EmailNotifier(time), new WebhookNotifier(courier, time)];
    }
}
