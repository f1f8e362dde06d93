using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.Sending;

namespace MetricsGrains.Notifications.Slack;

/// <summary>The methods of Slack's Web API that messages need, with a bot token.</summary>
internal sealed class SlackApi(HttpCourier courier, SlackSettings settings)
{
    private readonly KeyValuePair<string, string>[] _headers = [new("Authorization", "Bearer " + settings.BotToken)];

    /// <summary>A new message in the channel: chat.postMessage.</summary>
    /// <returns>With a reference when it was delivered.</returns>
    public async Task<SendOutcome> PostAsync(SlackMessage message, CancellationToken cancel)
    {
        SlackAnswer answer = await CallAsync("chat.postMessage", message, new JsonObject { ["channel"] = settings.Channel, ["unfurl_links"] = false, ["unfurl_media"] = false }, cancel);
        if (answer.Failure is { } failure)
        {
            return failure;
        }
        string? reference = answer.Channel.Length > 0 && answer.Ts.Length > 0 ? new SlackReference(answer.Channel, answer.Ts).ToString() : null;
        return SendOutcome.Delivered("200 ok", reference);
    }

    /// <summary>chat.update.</summary>
    public Task<SlackAnswer> UpdateAsync(SlackReference first, SlackMessage message, CancellationToken cancel) =>
        CallAsync("chat.update", message, new JsonObject { ["channel"] = first.Channel, ["ts"] = first.Ts }, cancel);

    /// <summary>chat.postMessage into the thread of a message.</summary>
    /// <param name="everybody">Whether the channel shows it too.</param>
    public Task<SlackAnswer> ReplyAsync(SlackReference first, SlackMessage message, bool everybody, CancellationToken cancel)
    {
        var envelope = new JsonObject { ["channel"] = first.Channel, ["thread_ts"] = first.Ts, ["unfurl_links"] = false, ["unfurl_media"] = false };
        if (everybody)
        {
            envelope["reply_broadcast"] = true;
        }
        return CallAsync("chat.postMessage", message, envelope, cancel);
    }

    private async Task<SlackAnswer> CallAsync(string method, SlackMessage message, JsonObject envelope, CancellationToken cancel)
    {
        SlackAnswer answer = await CallOnceAsync(method, message, envelope, cancel);
        // A page in plain text is better than none.
        return SlackErrors.IsAboutLayout(answer.Error) ? await CallOnceAsync(method, message.Plain(), envelope, cancel) : answer;
    }

    private async Task<SlackAnswer> CallOnceAsync(string method, SlackMessage message, JsonObject envelope, CancellationToken cancel)
    {
        var body = (JsonObject)envelope.DeepClone();
        foreach ((string name, JsonNode? value) in message.ToJson())
        {
            body[name] = value?.DeepClone();
        }
        return SlackAnswer.OfApi(await courier.PostAsync(new Uri($"{settings.Api}/{method}"), JsonBody.Of(body), _headers, cancel));
    }
}
