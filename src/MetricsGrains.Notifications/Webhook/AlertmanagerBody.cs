using System.Globalization;
using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Wording;

namespace MetricsGrains.Notifications.Webhook;

/// <summary>
/// A notification as Alertmanager's webhook sends it, version 4. Source: prometheus.io, "Alerting configuration", webhook_config;
/// prometheus/alertmanager, template/template.go (Data, Alert) and notify/webhook (Message).
/// </summary>
internal static class AlertmanagerBody
{
    /// <summary>Alerts a body holds; those over are counted in truncatedAlerts.</summary>
    public const int MaxAlerts = 1000;

    // Go's zero time: what Alertmanager sends for an end that has not come.
    private const string NoEnd = "0001-01-01T00:00:00Z";

    public static JsonObject Of(Notification notification, Channel channel)
    {
        IReadOnlyList<AlertNotice> alerts = Headline.ChangedFirst(notification);
        AlertNotice[] told = [.. alerts.Take(MaxAlerts)];
        Dictionary<string, string>[] labels = [.. told.Select(LabelsOf)];
        Dictionary<string, string> commonLabels = Common(labels);
        return new JsonObject
        {
            ["receiver"] = channel.Name,
            ["status"] = StatusOf(notification.AnyAlerting),
            ["alerts"] = Alerts(told, notification.BaseUrl),
            ["groupLabels"] = ToJson(GroupLabels(channel.Grouping, commonLabels)),
            ["commonLabels"] = ToJson(commonLabels),
            ["commonAnnotations"] = ToJson(Common([.. told.Select(n => AnnotationsOf(n, notification.BaseUrl))])),
            ["externalURL"] = notification.BaseUrl,
            ["version"] = "4",
            ["groupKey"] = notification.GroupKey,
            ["truncatedAlerts"] = alerts.Count - told.Length,
        };
    }

    /// <summary>The member "alerts".</summary>
    public static JsonArray Alerts(IReadOnlyList<AlertNotice> alerts, string baseUrl) => new([.. alerts.Select(n => (JsonNode)AlertOf(n, baseUrl))]);

    public static string StatusOf(bool alerting) => alerting ? "firing" : "resolved";

    private static JsonObject AlertOf(AlertNotice notice, string baseUrl)
    {
        Dictionary<string, string> labels = LabelsOf(notice);
        return new JsonObject
        {
            ["status"] = StatusOf(notice.IsAlerting),
            ["labels"] = ToJson(labels),
            ["annotations"] = ToJson(AnnotationsOf(notice, baseUrl)),
            ["startsAt"] = TimeOf(notice.IncidentMs),
            ["endsAt"] = notice.EndedMs is { } ended ? TimeOf(ended) : NoEnd,
            ["generatorURL"] = NoticeLinks.Of(notice, baseUrl).Chart ?? "",
            ["fingerprint"] = LabelFingerprint.Of(labels),
        };
    }

    // To Prometheus a label with an empty value is no label.
    private static Dictionary<string, string> LabelsOf(AlertNotice notice) =>
        AlertLabels.Of(notice).Where(l => l.Value.Length > 0).ToDictionary(StringComparer.Ordinal);

    private static Dictionary<string, string> AnnotationsOf(AlertNotice notice, string baseUrl)
    {
        NoticeLinks links = NoticeLinks.Of(notice, baseUrl);
        (string Name, string? Value)[] all =
        [
            ("summary", AlertWords.Title(notice)),
            ("description", notice.Message),
            ("value", AlertWords.Value(notice)),
            ("threshold", AlertWords.Threshold(notice)),
            ("runbook_url", links.Runbook),
            ("silence_url", links.Silence),
            ("acknowledged_by", notice.Acknowledged?.By),
        ];
        return all.Where(a => a.Value is { Length: > 0 }).ToDictionary(a => a.Name, a => a.Value!, StringComparer.Ordinal);
    }

    // What the grouping made equal for all alerts of a group.
    private static Dictionary<string, string> GroupLabels(NotificationGrouping grouping, Dictionary<string, string> common) => grouping switch
    {
        NotificationGrouping.Channel => [],
        NotificationGrouping.Rule => common.Where(l => l.Key is AlertLabels.RuleName or AlertLabels.RuleId).ToDictionary(StringComparer.Ordinal),
        _ => common,
    };

    private static Dictionary<string, string> Common(Dictionary<string, string>[] sets) => sets.Length == 0
        ? []
        : sets[0].Where(l => sets.All(s => s.TryGetValue(l.Key, out string? value) && value == l.Value)).ToDictionary(StringComparer.Ordinal);

    // Go writes maps in the order of their keys.
    private static JsonObject ToJson(Dictionary<string, string> pairs) =>
        new(pairs.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));

    private static string TimeOf(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
