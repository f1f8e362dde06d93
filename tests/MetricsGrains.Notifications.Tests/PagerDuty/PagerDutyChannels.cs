using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.PagerDuty;
using MetricsGrains.Notifications.Tests.Receivers;

namespace MetricsGrains.Notifications.Tests.PagerDuty;

/// <summary>PagerDuty channels and their notifier.</summary>
internal static class PagerDutyChannels
{
    public static PagerDutyNotifier Notifier(TimeProvider? time = null) => new(new HttpCourier(new GuardedDialer(allowPrivate: true), time ?? TimeProvider.System), time ?? TimeProvider.System);

    public static Channel Of(string url, string key = PagerDutyServer.RoutingKey) =>
        Samples.ChannelOf(ChannelType.PagerDuty, new Dictionary<string, string> { ["events_url"] = url }, new Dictionary<string, string> { ["routing_key"] = key });
}
