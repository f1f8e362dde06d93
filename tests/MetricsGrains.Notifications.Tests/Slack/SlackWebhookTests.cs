using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Notifications.Tests.Receivers;

namespace MetricsGrains.Notifications.Tests.Slack;

public sealed class SlackWebhookTests
{
    [Fact]
    public async Task SendAsync_OneAlert_IsTheGoldenMessage()
    {
        var slack = new SlackServer();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(slack.Answer);
        SendOutcome outcome = await SlackChannels.Notifier().SendAsync(SlackChannels.ByWebhook(receiver.Url), Samples.Of(NotificationReason.Fired, Samples.Latency()), CancellationToken.None);
        Assert.Equal(SendOutcome.Delivered("200 ok"), outcome);
        Golden.AssertJson("slack-fired.json", receiver.Only.Text);
    }

    [Fact]
    public async Task SendAsync_SeveralAlerts_AreTheGoldenMessage()
    {
        var slack = new SlackServer();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(slack.Answer);
        Notification notification = Samples.Of(NotificationReason.Changed, Samples.Latency(), Samples.Silent(), Samples.Resolve(Samples.Latency("us")));
        SendOutcome outcome = await SlackChannels.Notifier().SendAsync(SlackChannels.ByWebhook(receiver.Url), notification, CancellationToken.None);
        Assert.Equal(SendResult.Delivered, outcome.Result);
        Golden.AssertJson("slack-several.json", receiver.Only.Text);
    }

    [Fact]
    public async Task SendAsync_HundredLongAlerts_TellsTwentyAndCountsTheRestWithinSlacksLimits()
    {
        var slack = new SlackServer();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(slack.Answer);
        string wild = string.Concat(Enumerable.Repeat("<!channel> & `\"\\\n😀 ", 400));
        AlertNotice[] alerts = [.. Enumerable.Range(0, 100).Select(i => Samples.Latency() with
        {
            RuleName = wild[..300],
            Message = wild,
            Tags = TagSet.Of(Enumerable.Range(0, 60).Select(t => ($"key{t}", i + wild[..200]))),
            RunbookUrl = "https://wiki.example.com/" + new string('x', 5000),
            Owner = wild,
        })];
        SendOutcome outcome = await SlackChannels.Notifier().SendAsync(SlackChannels.ByWebhook(receiver.Url), Samples.Of(NotificationReason.Fired, alerts), CancellationToken.None);
        Assert.Equal(SendOutcome.Delivered("200 ok"), outcome);
        JsonArray attachments = receiver.Only.Json["attachments"]!.AsArray();
        Assert.Equal(21, attachments.Count);
        Assert.Contains("and 80 more", attachments[20]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("<!channel>", receiver.Only.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_OneVeryLongAlert_StaysWithinSlacksLimits()
    {
        var slack = new SlackServer();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(slack.Answer);
        AlertNotice notice = Samples.Latency() with { Message = new string('<', 9000), RuleName = new string('&', 400) };
        SendOutcome outcome = await SlackChannels.Notifier().SendAsync(SlackChannels.ByWebhook(receiver.Url), Samples.Of(NotificationReason.Fired, notice), CancellationToken.None);
        Assert.Equal(SendOutcome.Delivered("200 ok"), outcome);
        Assert.Empty(slack.Broken);
    }

    [Theory]
    [InlineData(404, "no_service", "make a new incoming webhook")]
    [InlineData(403, "action_prohibited", "ask its administrators")]
    [InlineData(404, "channel_not_found", "/invite")]
    [InlineData(410, "channel_is_archived", "unarchive")]
    [InlineData(403, "invalid_token", "make a new incoming webhook")]
    [InlineData(404, "no_team", "workspace does not exist")]
    [InlineData(403, "something_new", "something_new")]
    [InlineData(302, "", "redirects")]
    public async Task SendAsync_ErrorForGood_IsRejectedWithAdvice(int status, string body, string advice)
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(status, body, Location: "https://example.com/"));
        SendOutcome outcome = await SlackChannels.Notifier().SendAsync(SlackChannels.ByWebhook(receiver.Url), Samples.Of(NotificationReason.Fired, Samples.Latency()), CancellationToken.None);
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.Contains(advice, outcome.Answer, StringComparison.Ordinal);
        Assert.Contains(body, outcome.Answer, StringComparison.Ordinal);
        Assert.Single(receiver.Requests);
    }

    [Theory]
    [InlineData(500, "rollup_error", null, null)]
    [InlineData(429, "rate_limited", "7", 7)]
    [InlineData(503, "<html>upstream\r\nis gone</html>", "Sun, 01 Mar 2026 12:01:30 GMT", 90)]
    [InlineData(200, "<html>Please log in</html>", null, null)]
    [InlineData(200, "", null, null)]
    [InlineData(429, "", "999999999", 3600)]
    public async Task SendAsync_PassingError_IsRetriedWhenAsked(int status, string body, string? retryAfter, int? seconds)
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(status, body, retryAfter));
        SendOutcome outcome = await SlackChannels.Notifier(new ManualTime()).SendAsync(SlackChannels.ByWebhook(receiver.Url), Samples.Of(NotificationReason.Fired, Samples.Latency()), CancellationToken.None);
        Assert.Equal(SendResult.Retry, outcome.Result);
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, outcome.RetryAfter);
        Assert.StartsWith($"{status}", outcome.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', outcome.Answer);
    }

    [Fact]
    public async Task SendAsync_LayoutRefused_SendsPlainText()
    {
        var slack = new SlackServer();
        slack.Fail("webhook", new HttpReply(400, "invalid_blocks"));
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(slack.Answer);
        SendOutcome outcome = await SlackChannels.Notifier().SendAsync(SlackChannels.ByWebhook(receiver.Url), Samples.Of(NotificationReason.Fired, Samples.Latency()), CancellationToken.None);
        Assert.Equal(SendResult.Delivered, outcome.Result);
        Assert.Contains("as plain text", outcome.Answer, StringComparison.Ordinal);
        JsonObject plain = receiver.Requests[1].Json;
        Assert.Empty(plain["blocks"]!.AsArray());
        Assert.Contains("Checkout is slow", (string)plain["text"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_ServiceThatSpeaksSlacksForm_IsDeliveredByItsJson()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, """{"success":true}"""));
        SendOutcome outcome = await SlackChannels.Notifier().SendAsync(SlackChannels.ByWebhook(receiver.Url), Samples.Of(NotificationReason.Fired, Samples.Latency()), CancellationToken.None);
        Assert.Equal(SendResult.Delivered, outcome.Result);
    }

    [Fact]
    public async Task SendAsync_TestWithoutAlerts_ShowsWhatAlertsLookLike()
    {
        var slack = new SlackServer();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(slack.Answer);
        SendOutcome outcome = await SlackChannels.Notifier().SendAsync(SlackChannels.ByWebhook(receiver.Url), Samples.Of(NotificationReason.Test), CancellationToken.None);
        Assert.Equal(SendOutcome.Delivered("200 ok"), outcome);
        Assert.StartsWith("Test message from MetricsGrains", (string)receiver.Only.Json["text"]!, StringComparison.Ordinal);
    }
}
