using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Sending;
using MetricsGrains.Notifications.Wording;

namespace MetricsGrains.Notifications.PagerDuty;

/// <summary>
/// A notification as an event of PagerDuty's Events API v2. Source: developer.pagerduty.com, "Send an alert event": summary 1,024
/// characters, dedup_key 255, the whole 512 KB.
/// </summary>
internal static class PagerDutyEvent
{
    public const int MaxBytes = 512 * 1024;

    private const int MaxSummaryChars = 1024;
    private const int MaxDedupKeyChars = 255;
    private const int MaxDetailChars = 2000;
    private const int MaxNameChars = 255;

    // PagerDuty shows details as a table; nobody reads more rows at night.
    private const int MaxDetailedAlerts = 100;

    private static readonly string[] s_sourceTags = ["host", "hostname", "instance", "node", "pod", "server", "device"];
    private static readonly string[] s_componentTags = ["service", "app", "application", "job", "component"];

    /// <summary>"trigger" (again, for news of an incident that goes on), "acknowledge" or "resolve".</summary>
    public static string ActionOf(Notification notification) => notification.Reason switch
    {
        NotificationReason.Test => "trigger",
        _ when !notification.AnyAlerting => "resolve",
        NotificationReason.Acknowledged => "acknowledge",
        _ => "trigger",
    };

    /// <summary>The same for every event of a group; what is too long is told apart by its hash.</summary>
    public static string DedupKeyOf(string groupKey)
    {
        if (groupKey.Length <= MaxDedupKeyChars)
        {
            return groupKey;
        }
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(groupKey)));
        return "metricsgrains/" + hash;
    }

    /// <summary>The body, at most <see cref="MaxBytes"/>.</summary>
    public static byte[] Build(Notification notification, string routingKey, string action)
    {
        if (action != "trigger")
        {
            return JsonBody.Of(Envelope(notification, routingKey, action));
        }
        for (int detailed = Math.Min(notification.Alerts.Count, MaxDetailedAlerts); ; detailed /= 2)
        {
            byte[] body = JsonBody.Of(Trigger(notification, routingKey, detailed));
            if (body.Length <= MaxBytes || detailed == 0)
            {
                return body;
            }
        }
    }

    private static JsonObject Envelope(Notification notification, string routingKey, string action) => new()
    {
        ["routing_key"] = routingKey,
        ["event_action"] = action,
        ["dedup_key"] = DedupKeyOf(notification.GroupKey),
    };

    private static JsonObject Trigger(Notification notification, string routingKey, int detailed)
    {
        IReadOnlyList<AlertNotice> alerts = Headline.ChangedFirst(notification);
        AlertNotice? main = alerts.Where(a => a.IsAlerting).MaxBy(a => a.Severity) ?? alerts.FirstOrDefault();
        JsonObject body = Envelope(notification, routingKey, "trigger");
        body["payload"] = Payload(notification, main, alerts, detailed);
        if (main is not null && NoticeLinks.Of(main, notification.BaseUrl).ToPairs().ToArray() is { Length: > 0 } links)
        {
            body["links"] = new JsonArray([.. links.Select(l => (JsonNode)new JsonObject { ["href"] = l.Url, ["text"] = l.Text })]);
        }
        body["client"] = "MetricsGrains";
        if (NoticeLinks.Home(notification.BaseUrl) is { } home)
        {
            body["client_url"] = home;
        }
        return body;
    }

    private static JsonObject Payload(Notification notification, AlertNotice? main, IReadOnlyList<AlertNotice> alerts, int detailed)
    {
        bool test = notification.Reason == NotificationReason.Test;
        string message = alerts.Count == 1 ? " – " + main!.Message : "";
        var payload = new JsonObject
        {
            ["summary"] = TextLimit.Cut(AnswerText.Excerpt(Headline.Of(notification) + message, MaxSummaryChars), MaxSummaryChars),
            ["source"] = TextLimit.Cut(main is null ? "MetricsGrains" : TagOf(main, s_sourceTags) ?? main.MetricName, MaxNameChars),
            ["severity"] = test || main is null ? "info" : SeverityOf(main.Severity),
            ["timestamp"] = DateTimeOffset.FromUnixTimeMilliseconds(main?.IncidentMs ?? notification.CreatedMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        };
        if (main is not null)
        {
            payload["component"] = TextLimit.Cut(TagOf(main, s_componentTags) ?? main.MetricName, MaxNameChars);
            payload["group"] = TextLimit.Cut(main.Owner.Length > 0 ? main.Owner : main.RuleName, MaxNameChars);
            payload["class"] = TextLimit.Cut(main.MetricName, MaxNameChars);
        }
        payload["custom_details"] = Details(alerts, detailed);
        return payload;
    }

    private static JsonObject Details(IReadOnlyList<AlertNotice> alerts, int detailed)
    {
        var details = new JsonObject { ["alerts"] = Headline.Counts(alerts) };
        if (alerts.Count == 1 && detailed == 1)
        {
            Describe(details, alerts[0]);
            return details;
        }
        for (int i = 0; i < detailed; i++)
        {
            var one = new JsonObject { ["title"] = AlertWords.Title(alerts[i]) };
            Describe(one, alerts[i]);
            details[(i + 1).ToString(CultureInfo.InvariantCulture)] = one;
        }
        if (alerts.Count > detailed)
        {
            details["more"] = alerts.Count - detailed;
        }
        return details;
    }

    private static void Describe(JsonObject details, AlertNotice notice)
    {
        details["message"] = TextLimit.Cut(notice.Message, MaxDetailChars);
        foreach ((string label, string text) in AlertWords.Facts(notice))
        {
            details[label.ToLowerInvariant().Replace(' ', '_')] = TextLimit.Cut(text, MaxDetailChars);
        }
        if (Sparkline.Of(notice.Recent) is { Length: > 0 } sparkline)
        {
            details["trend"] = sparkline;
        }
    }

    private static string SeverityOf(AlertSeverity severity) => severity switch
    {
        AlertSeverity.Critical => "critical",
        AlertSeverity.Warning => "warning",
        _ => "info",
    };

    private static string? TagOf(AlertNotice notice, string[] keys)
    {
        foreach (string key in keys)
        {
            if (notice.Tags.TryGet(key, out string? value) && value.Length > 0)
            {
                return value;
            }
        }
        return null;
    }
}
