using System.Text.Json.Nodes;

namespace MetricsGrains.Notifications.Tests.Receivers;

/// <summary>PagerDuty's documented behaviour. Source: developer.pagerduty.com, "Events API v2 overview" and "Send an alert event".</summary>
internal sealed class PagerDutyServer
{
    public const string RoutingKey = "0123456789abcdef0123456789ABCDEF";

    private readonly Lock _gate = new();

    /// <summary>State by dedup_key: triggered, acknowledged, resolved.</summary>
    public Dictionary<string, string> Incidents { get; } = [];

    public HttpReply Answer(ReceivedRequest request)
    {
        lock (_gate)
        {
            string[] errors = [.. Errors(request)];
            if (errors.Length > 0)
            {
                return new HttpReply(400, new JsonObject
                {
                    ["status"] = "invalid event",
                    ["message"] = "Event object is invalid",
                    ["errors"] = new JsonArray([.. errors.Select(e => (JsonNode)e)]),
                }.ToJsonString());
            }
            string key = (string)request.Json["dedup_key"]!;
            string action = (string)request.Json["event_action"]!;
            string state = Incidents.GetValueOrDefault(key, "");
            Incidents[key] = (action, state) switch
            {
                ("trigger", "acknowledged") => "acknowledged",
                ("trigger", _) => "triggered",
                (_, "") => "",
                ("acknowledge", "triggered") => "acknowledged",
                ("resolve", _) => "resolved",
                _ => state,
            };
            return new HttpReply(202, $$"""{"status":"success","message":"Event processed","dedup_key":"{{key}}"}""");
        }
    }

    private static IEnumerable<string> Errors(ReceivedRequest request)
    {
        JsonObject body = request.Json;
        if (request.Body.Length > 512 * 1024)
        {
            yield return "Event object is too large";
        }
        if (((string?)body["routing_key"])?.Length != 32)
        {
            yield return "Length of 'routing_key' is incorrect (should be 32 characters)";
        }
        if ((string?)body["event_action"] is not ("trigger" or "acknowledge" or "resolve"))
        {
            yield return "'event_action' is invalid";
        }
        if (((string?)body["dedup_key"])?.Length is null or > 255)
        {
            yield return "'dedup_key' is invalid";
        }
        if ((string?)body["event_action"] == "trigger")
        {
            if (((string?)body["payload"]?["summary"])?.Length is null or 0 or > 1024)
            {
                yield return "'payload.summary' is missing or blank";
            }
            if ((string?)body["payload"]?["severity"] is not ("critical" or "error" or "warning" or "info"))
            {
                yield return "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')";
            }
            if (string.IsNullOrEmpty((string?)body["payload"]?["source"]))
            {
                yield return "'payload.source' is missing or blank";
            }
        }
    }
}
