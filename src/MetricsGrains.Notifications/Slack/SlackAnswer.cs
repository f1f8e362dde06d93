using System.Text.Json;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.Slack;

/// <summary>What Slack answered, by Web API or webhook.</summary>
/// <param name="Error">Its code; empty when all is well, or when there is none.</param>
/// <param name="Failure">Null when all is well.</param>
/// <param name="Channel">The id of the channel posted to; empty from a webhook.</param>
/// <param name="Ts">The message's timestamp, which is its id; empty from a webhook.</param>
internal sealed record SlackAnswer(string Error, SendOutcome? Failure, string Channel, string Ts)
{
    private const string NotSlack = "this is not Slack's answer";

    /// <summary>The Web API: JSON with "ok", and 200 for most errors.</summary>
    public static SlackAnswer OfApi(HttpAnswer answer)
    {
        if (JsonBody.TryReadObject(answer.Body) is not { } json || !json.TryGetProperty("ok", out JsonElement ok))
        {
            return Failed("", answer.IsSuccess ? SendOutcome.Retry($"{answer.Text} – {NotSlack}") : answer.ToOutcome());
        }
        if (answer.IsSuccess && ok.ValueKind == JsonValueKind.True)
        {
            return new SlackAnswer("", null, JsonBody.TextOf(json, "channel"), JsonBody.TextOf(json, "ts"));
        }
        string error = JsonBody.TextOf(json, "error");
        return error.Length == 0 ? Failed("", answer.IsSuccess ? SendOutcome.Retry(answer.Text) : answer.ToOutcome()) : Failed(error, SlackErrors.ToOutcome(error, DetailOf(json), answer));
    }

    /// <summary>A webhook: the text "ok", or a code with a status other than 200. Services that speak Slack's form answer with JSON.</summary>
    public static SlackAnswer OfWebhook(HttpAnswer answer)
    {
        string text = answer.Body.Trim();
        if (JsonBody.TryReadObject(text) is { } json)
        {
            bool well = json.TryGetProperty("ok", out JsonElement ok) || json.TryGetProperty("success", out ok);
            text = well && ok.ValueKind == JsonValueKind.True ? "ok" : JsonBody.TextOf(json, "error");
        }
        if (answer.IsSuccess && text.Equals("ok", StringComparison.OrdinalIgnoreCase))
        {
            return new SlackAnswer("", null, "", "");
        }
        // A proxy's page may hold anything; only what Slack documents is taken for Slack's.
        if (SlackErrors.IsKnown(text))
        {
            return Failed(text, SlackErrors.ToOutcome(text, "", answer));
        }
        return Failed("", answer.IsSuccess ? SendOutcome.Retry($"{answer.Text} – {NotSlack}") : answer.ToOutcome());
    }

    private static SlackAnswer Failed(string error, SendOutcome outcome) => new(error, outcome, "", "");

    // "needed" names a scope; "messages" say which block is wrong.
    private static string DetailOf(JsonElement json)
    {
        string needed = JsonBody.TextOf(json, "needed");
        if (needed.Length > 0)
        {
            return "needed: " + needed;
        }
        return json.TryGetProperty("response_metadata", out JsonElement metadata) && metadata.ValueKind == JsonValueKind.Object
            && metadata.TryGetProperty("messages", out JsonElement messages) && messages.ValueKind == JsonValueKind.Array
                ? AnswerText.Excerpt(string.Join("; ", messages.EnumerateArray().Where(m => m.ValueKind == JsonValueKind.String).Select(m => m.GetString())))
                : "";
    }
}
