using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.Slack;
using MetricsGrains.Notifications.Tests.Receivers;

namespace MetricsGrains.Notifications.Tests.Slack;

/// <summary>Channels that lead to a local Slack.</summary>
internal static class SlackChannels
{
    public static SlackNotifier Notifier(TimeProvider? time = null) => new(new HttpCourier(new GuardedDialer(allowPrivate: true), time ?? TimeProvider.System), time ?? TimeProvider.System);

    public static Channel ByWebhook(string url) => Of([], ("webhook_url", url + SlackServer.WebhookPath));

    public static Channel ByBot(string url, string token = SlackServer.Token, string channel = "#alerts") => Of([("channel", channel), ("api_url", url + "/api")], ("bot_token", token));

    public static Channel Of((string Name, string Value)[] settings, params (string Name, string Value)[] secrets) =>
        Samples.ChannelOf(ChannelType.Slack, settings.ToDictionary(s => s.Name, s => s.Value), secrets.ToDictionary(s => s.Name, s => s.Value));
}
