using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Http;

namespace MetricsGrains.Notifications.PagerDuty;

/// <summary>A PagerDuty channel's settings.</summary>
/// <param name="Events">Null when it can't be used.</param>
internal sealed record PagerDutySettings(string RoutingKey, Uri? Events)
{
    private const int RoutingKeyChars = 32;

    /// <param name="problems">What is wrong is added.</param>
    public static PagerDutySettings Read(Channel channel, bool allowPrivate, List<FieldProblem> problems)
    {
        string key = ChannelSchema.Get(channel, "routing_key");
        if (key.Length > 0 && (key.Length != RoutingKeyChars || !key.All(char.IsAsciiLetterOrDigit)))
        {
            problems.Add(new FieldProblem("routing_key", "must be the 32 letters and digits of a service's Events API v2 integration; a REST API key is something else"));
        }
        UrlCheck.Add("events_url", ChannelSchema.Get(channel, "events_url"), allowPrivate, problems, out Uri? events);
        return new PagerDutySettings(key, events);
    }
}
