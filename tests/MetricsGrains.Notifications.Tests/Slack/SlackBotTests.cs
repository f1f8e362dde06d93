using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Tests.Receivers;

namespace MetricsGrains.Notifications.Tests.Slack;

public sealed class SlackBotTests
{
    private const string First = "C0ALERTS:1772366400.000001";

    [Fact]
    public async Task SendAsync_Fired_PostsAndRemembersTheMessage()
    {
        (SlackServer slack, HttpReceiver receiver) = await StartAsync();
        await using HttpReceiver _ = receiver;
        SendOutcome outcome = await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()));
        Assert.Equal(SendOutcome.Delivered("200 ok", First), outcome);
        Assert.Equal("/api/chat.postMessage", receiver.Only.Path);
        Golden.AssertJson("slack-bot-fired.json", receiver.Only.Text);
        Assert.Single(slack.Messages);
    }

    [Fact]
    public async Task SendAsync_Resolved_UpdatesTheFirstMessageAndAnswersInItsThread()
    {
        (SlackServer slack, HttpReceiver receiver) = await StartAsync();
        await using HttpReceiver _ = receiver;
        SendOutcome fired = await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()));
        Notification resolved = Samples.Of(NotificationReason.Resolved, Samples.Resolve(Samples.Latency())) with { Reference = fired.Reference };
        SendOutcome outcome = await SendAsync(receiver, resolved);
        Assert.Equal(SendOutcome.Delivered("200 ok, first message updated and answered", First), outcome);
        Assert.Equal(["/api/chat.postMessage", "/api/chat.update", "/api/chat.postMessage"], receiver.Requests.Select(r => r.Path));
        Golden.AssertJson("slack-bot-updated.json", receiver.Requests[1].Text);
        Golden.AssertJson("slack-bot-reply.json", receiver.Requests[2].Text);
        JsonObject first = slack.Messages["1772366400.000001"];
        Assert.Contains("Resolved: Checkout is slow", first["blocks"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("#12b76a", (string?)first["attachments"]![0]!["color"]);
    }

    [Theory]
    [InlineData(NotificationReason.Fired, true)]
    [InlineData(NotificationReason.Repeated, true)]
    [InlineData(NotificationReason.Changed, false)]
    [InlineData(NotificationReason.Acknowledged, false)]
    public async Task SendAsync_NewsOfAGroup_GoesToTheChannelWhenItMustBeSeen(NotificationReason reason, bool everybody)
    {
        (SlackServer slack, HttpReceiver receiver) = await StartAsync();
        await using HttpReceiver _ = receiver;
        await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()));
        await SendAsync(receiver, Samples.Of(reason, Samples.Latency(), Samples.Latency("us")) with { Reference = First });
        JsonObject reply = slack.Messages["1772366400.000002"];
        Assert.Equal("1772366400.000001", (string?)reply["thread_ts"]);
        Assert.Equal(everybody, (bool?)reply["reply_broadcast"] ?? false);
    }

    [Theory]
    [InlineData("message_not_found")]
    [InlineData("channel_not_found")]
    public async Task SendAsync_FirstMessageIsGone_PostsAnew(string error)
    {
        (SlackServer slack, HttpReceiver receiver) = await StartAsync();
        await using HttpReceiver _ = receiver;
        slack.Fail("chat.update", SlackServer.Error(error));
        SendOutcome outcome = await SendAsync(receiver, Samples.Of(NotificationReason.Resolved, Samples.Resolve(Samples.Latency())) with { Reference = "C0OLD:1700000000.000001" });
        Assert.Equal(SendOutcome.Delivered("200 ok", First), outcome);
        Assert.Equal("#alerts", (string?)receiver.Requests[1].Json["channel"]);
    }

    [Fact]
    public async Task SendAsync_EditsAreForbidden_StillAnswersInTheThread()
    {
        (SlackServer slack, HttpReceiver receiver) = await StartAsync();
        await using HttpReceiver _ = receiver;
        await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()));
        slack.Fail("chat.update", SlackServer.Error("edit_window_closed"));
        SendOutcome outcome = await SendAsync(receiver, Samples.Of(NotificationReason.Resolved, Samples.Resolve(Samples.Latency())) with { Reference = First });
        Assert.Equal(SendOutcome.Delivered("200 ok, answered in the thread (edit_window_closed)", First), outcome);
    }

    [Theory]
    [InlineData("channel_not_found", SendResult.Rejected, "/invite")]
    [InlineData("not_in_channel", SendResult.Rejected, "/invite")]
    [InlineData("is_archived", SendResult.Rejected, "unarchive")]
    [InlineData("invalid_auth", SendResult.Rejected, "bot token")]
    [InlineData("account_inactive", SendResult.Rejected, "install")]
    [InlineData("missing_scope", SendResult.Rejected, "chat:write")]
    [InlineData("ratelimited", SendResult.Retry, "ratelimited")]
    [InlineData("internal_error", SendResult.Retry, "internal_error")]
    [InlineData("service_unavailable", SendResult.Retry, "service_unavailable")]
    [InlineData("error_from_the_future", SendResult.Retry, "error_from_the_future")]
    public async Task SendAsync_ErrorCode_MeansRetryOrRejected(string error, SendResult result, string advice)
    {
        (SlackServer slack, HttpReceiver receiver) = await StartAsync();
        await using HttpReceiver _ = receiver;
        slack.Fail("chat.postMessage", SlackServer.Error(error));
        SendOutcome outcome = await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()));
        Assert.Equal(result, outcome.Result);
        Assert.StartsWith("200 " + error, outcome.Answer, StringComparison.Ordinal);
        Assert.Contains(advice, outcome.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_RateLimited_WaitsAsLongAsAsked()
    {
        (SlackServer slack, HttpReceiver receiver) = await StartAsync();
        await using HttpReceiver _ = receiver;
        slack.Fail("chat.postMessage", SlackServer.Error("ratelimited", 429, "12"));
        SendOutcome outcome = await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()));
        Assert.Equal(SendOutcome.Retry("429 ratelimited", TimeSpan.FromSeconds(12)), outcome);
    }

    [Fact]
    public async Task SendAsync_WrongToken_SaysWhatToDoWithoutShowingIt()
    {
        (SlackServer _, HttpReceiver receiver) = await StartAsync();
        await using HttpReceiver __ = receiver;
        const string token = "xoxb-9999-verysecret";
        SendOutcome outcome = await SlackChannels.Notifier().SendAsync(SlackChannels.ByBot(receiver.Url, token), Samples.Of(NotificationReason.Fired, Samples.Latency()), CancellationToken.None);
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.DoesNotContain("verysecret", outcome.Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{\"ok\":\"yes\"}")]
    [InlineData("{\"ok\":false}")]
    [InlineData("")]
    public async Task SendAsync_Garbage_IsRetried(string body)
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, body));
        SendOutcome outcome = await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()));
        Assert.Equal(SendResult.Retry, outcome.Result);
    }

    [Fact]
    public async Task SendAsync_LayoutRefused_PostsPlainText()
    {
        (SlackServer slack, HttpReceiver receiver) = await StartAsync();
        await using HttpReceiver _ = receiver;
        slack.Fail("chat.postMessage", SlackServer.Error("invalid_blocks"));
        SendOutcome outcome = await SendAsync(receiver, Samples.Of(NotificationReason.Fired, Samples.Latency()));
        Assert.Equal(SendOutcome.Delivered("200 ok", First), outcome);
        Assert.Empty(slack.Messages["1772366400.000001"]["blocks"]!.AsArray());
    }

    private static async Task<(SlackServer Slack, HttpReceiver Receiver)> StartAsync()
    {
        var slack = new SlackServer();
        return (slack, await HttpReceiver.StartAsync(slack.Answer));
    }

    private static Task<SendOutcome> SendAsync(HttpReceiver receiver, Notification notification) =>
        SlackChannels.Notifier().SendAsync(SlackChannels.ByBot(receiver.Url), notification, CancellationToken.None);
}
