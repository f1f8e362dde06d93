using System.Globalization;
using System.Text.Json.Nodes;

namespace MetricsGrains.Notifications.Tests.Receivers;

/// <summary>
/// Slack's documented behaviour: 200 with ok or an error code for the Web API, texts and statuses for webhooks, and the limits of Block Kit.
/// Source: docs.slack.dev, "chat.postMessage", "chat.update", "Sending messages using incoming webhooks", "Block Kit".
/// </summary>
internal sealed class SlackServer
{
    public const string Token = "xoxb-1234-abcdefgh";
    public const string WebhookPath = "/services/T000/B000/XXXXsecretXXXX";

    private readonly Lock _gate = new();
    private int _messages;

    /// <summary>By timestamp; the channel's and the threads' messages as they are now.</summary>
    public Dictionary<string, JsonObject> Messages { get; } = [];

    /// <summary>Errors that calls get instead of an answer, by method; "webhook" for the webhook.</summary>
    public Dictionary<string, Queue<HttpReply>> Failures { get; } = [];

    /// <summary>Why the last message broke a limit.</summary>
    public string Broken { get; private set; } = "";

    public static HttpReply Error(string code, int status = 200, string? retryAfter = null) => new(status, $$"""{"ok":false,"error":"{{code}}"}""", retryAfter);

    public void Fail(string method, params HttpReply[] replies) => Failures[method] = new Queue<HttpReply>(replies);

    public HttpReply Answer(ReceivedRequest request)
    {
        lock (_gate)
        {
            string method = request.Path == WebhookPath ? "webhook" : request.Path.Split('/')[^1];
            if (Failures.TryGetValue(method, out Queue<HttpReply>? failures) && failures.TryDequeue(out HttpReply? failure))
            {
                return failure;
            }
            Broken = Violation(request.Json);
            return method == "webhook" ? AnswerWebhook(request.Json) : AnswerApi(method, request);
        }
    }

    private HttpReply AnswerWebhook(JsonObject message)
    {
        if (Broken.Length > 0)
        {
            return new HttpReply(400, "invalid_blocks");
        }
        Store(message);
        return new HttpReply(200, "ok");
    }

    private HttpReply AnswerApi(string method, ReceivedRequest request)
    {
        if (request.Headers.Authorization != "Bearer " + Token)
        {
            return Error("invalid_auth");
        }
        JsonObject message = request.Json;
        string channel = (string?)message["channel"] ?? "";
        if (channel is not ("#alerts" or "C0ALERTS"))
        {
            return Error("channel_not_found");
        }
        if (Broken.Length > 0)
        {
            return new HttpReply(200, new JsonObject { ["ok"] = false, ["error"] = "invalid_blocks", ["response_metadata"] = new JsonObject { ["messages"] = new JsonArray("[ERROR] " + Broken) } }.ToJsonString());
        }
        string? ts;
        if (method == "chat.update")
        {
            ts = (string?)message["ts"] ?? "";
            // Names are not enough for updates, as documented.
            if (channel != "C0ALERTS" || !Messages.ContainsKey(ts))
            {
                return Error("message_not_found");
            }
            Messages[ts] = message;
        }
        else
        {
            if ((string?)message["thread_ts"] is { } thread && !Messages.ContainsKey(thread))
            {
                return Error("thread_not_found");
            }
            ts = Store(message);
        }
        return new HttpReply(200, $$"""{"ok":true,"channel":"C0ALERTS","ts":"{{ts}}"}""");
    }

    private string Store(JsonObject message)
    {
        string ts = string.Create(CultureInfo.InvariantCulture, $"1772366400.{++_messages:D6}");
        Messages[ts] = message;
        return ts;
    }

    private static string Violation(JsonObject message)
    {
        JsonObject[] blocks = [.. BlocksOf(message)];
        if (blocks.Length > 50)
        {
            return "no more than 50 items allowed";
        }
        if ((string?)message["text"] is { } text && text.Length > 40_000)
        {
            return "text too long";
        }
        foreach (JsonObject block in blocks)
        {
            string problem = (string?)block["type"] switch
            {
                "header" => Check(block["text"], "plain_text", 150),
                "section" => Check(block["text"], "mrkdwn", 3000) + FieldsProblem(block["fields"]?.AsArray()),
                "actions" => string.Concat(block["elements"]!.AsArray().Select(ButtonProblem)) + (block["elements"]!.AsArray().Count > 25 ? "too many elements" : ""),
                _ => "unsupported type",
            };
            if (problem.Length > 0)
            {
                return problem;
            }
        }
        return "";
    }

    private static IEnumerable<JsonObject> BlocksOf(JsonObject message)
    {
        IEnumerable<JsonNode?> inner = message["attachments"]?.AsArray().SelectMany(a => a!["blocks"]!.AsArray()) ?? [];
        return (message["blocks"]?.AsArray() ?? []).Concat(inner).Select(b => b!.AsObject());
    }

    private static string FieldsProblem(JsonArray? fields) =>
        fields is null ? "" : fields.Count is 0 or > 10 ? "1 to 10 fields" : string.Concat(fields.Select(f => Check(f, "mrkdwn", 2000)));

    private static string ButtonProblem(JsonNode? button) =>
        Check(button!["text"], "plain_text", 75) + (Uri.TryCreate((string?)button["url"], UriKind.Absolute, out Uri? url) && url.AbsoluteUri.Length <= 3000 ? "" : "invalid url");

    private static string Check(JsonNode? text, string type, int max)
    {
        string content = (string?)text?["text"] ?? "";
        return (string?)text?["type"] != type ? "wrong text type" : content.Length == 0 ? "must be more than 0 characters" : content.Length > max ? $"must be less than {max + 1} characters" : "";
    }
}
