using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.Webhook;

namespace MetricsGrains.Notifications.Tests.Webhook;

/// <summary>Webhook channels and their notifier.</summary>
internal static class WebhookChannels
{
    public static WebhookNotifier Notifier(TimeProvider? time = null, GuardedDialer? dialer = null) =>
        new(new HttpCourier(dialer ?? new GuardedDialer(allowPrivate: true), time ?? TimeProvider.System), time ?? TimeProvider.System);

    public static Channel Of(string url, string hmac = "", string headers = "", string template = "")
    {
        var secrets = new Dictionary<string, string> { ["url"] = url, ["hmac_secret"] = hmac, ["headers"] = headers };
        return Samples.ChannelOf(ChannelType.Webhook, new Dictionary<string, string> { ["template"] = template }, secrets);
    }

    public static Notification Fired => Samples.Of(NotificationReason.Fired, Samples.Latency());
}
