using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Tests.Receivers;
using MetricsGrains.Notifications.Webhook;

namespace MetricsGrains.Notifications.Tests.Webhook;

public sealed class WebhookNotifierTests
{
    [Fact]
    public async Task SendAsync_Fired_IsTheGoldenAlertmanagerBody()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, "thanks"));
        SendOutcome outcome = await WebhookChannels.Notifier().SendAsync(WebhookChannels.Of(receiver.Url + "/hook"), WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(SendOutcome.Delivered("200 thanks"), outcome);
        Assert.Equal("POST", receiver.Only.Method);
        Assert.Equal("application/json; charset=utf-8", receiver.Only.Headers.ContentType);
        Assert.StartsWith("MetricsGrains/", receiver.Only.Headers.UserAgent, StringComparison.Ordinal);
        Assert.Equal(Samples.MessageId.ToString(), receiver.Only.Headers[WebhookHeaders.Delivery]);
        Golden.AssertJson("webhook-firing.json", receiver.Only.Text);
    }

    [Fact]
    public async Task SendAsync_SeveralAlerts_AreTheGoldenAlertmanagerBody()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(204, ""));
        Notification notification = Samples.Of(NotificationReason.Changed, Samples.Latency(), Samples.Resolve(Samples.Latency("us")));
        Channel channel = WebhookChannels.Of(receiver.Url) with { Grouping = NotificationGrouping.Rule };
        SendOutcome outcome = await WebhookChannels.Notifier().SendAsync(channel, notification, CancellationToken.None);
        Assert.Equal(SendOutcome.Delivered("204"), outcome);
        Golden.AssertJson("webhook-several.json", receiver.Only.Text);
    }

    [Fact]
    public async Task SendAsync_AllResolved_SaysSo()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, ""));
        await WebhookChannels.Notifier().SendAsync(WebhookChannels.Of(receiver.Url), Samples.Of(NotificationReason.Resolved, Samples.Resolve(Samples.Latency())), CancellationToken.None);
        Assert.Equal("resolved", (string?)receiver.Only.Json["status"]);
        Assert.Equal("2026-03-01T12:12:05.000Z", (string?)receiver.Only.Json["alerts"]![0]!["endsAt"]);
    }

    [Fact]
    public async Task SendAsync_MoreAlertsThanABodyHolds_CountsTheRest()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, ""));
        AlertNotice[] alerts = [.. Enumerable.Range(0, AlertmanagerBody.MaxAlerts + 7).Select(i => Samples.Latency($"r{i}"))];
        await WebhookChannels.Notifier().SendAsync(WebhookChannels.Of(receiver.Url), Samples.Of(NotificationReason.Fired, alerts), CancellationToken.None);
        Assert.Equal(7, (int?)receiver.Only.Json["truncatedAlerts"]);
        Assert.Equal(AlertmanagerBody.MaxAlerts, receiver.Only.Json["alerts"]!.AsArray().Select(a => (string?)a!["fingerprint"]).Distinct().Count());
    }

    [Fact]
    public async Task SendAsync_HmacSecret_SignsTheBytesOfTheBody()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, ""));
        await WebhookChannels.Notifier().SendAsync(WebhookChannels.Of(receiver.Url, hmac: "s3cret"), WebhookChannels.Fired, CancellationToken.None);
        byte[] mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes("s3cret"), receiver.Only.Body);
        Assert.Equal("sha256=" + Convert.ToHexString(mac).ToLowerInvariant(), receiver.Only.Headers["X-MetricsGrains-Signature"]);
    }

    [Fact]
    public async Task SendAsync_NoHmacSecret_HasNoSignature()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, ""));
        await WebhookChannels.Notifier().SendAsync(WebhookChannels.Of(receiver.Url), WebhookChannels.Fired, CancellationToken.None);
        Assert.False(receiver.Only.Headers.ContainsKey("X-MetricsGrains-Signature"));
    }

    [Fact]
    public async Task SendAsync_Headers_AreSent()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, ""));
        await WebhookChannels.Notifier().SendAsync(WebhookChannels.Of(receiver.Url, headers: "Authorization: Bearer t0ken\r\n\r\nX-Team : pay:ments\n"), WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal("Bearer t0ken", receiver.Only.Headers.Authorization);
        Assert.Equal("pay:ments", receiver.Only.Headers["X-Team"]);
    }

    [Theory]
    [InlineData(400, SendResult.Rejected)]
    [InlineData(401, SendResult.Rejected)]
    [InlineData(404, SendResult.Rejected)]
    [InlineData(408, SendResult.Retry)]
    [InlineData(429, SendResult.Retry)]
    [InlineData(500, SendResult.Retry)]
    [InlineData(599, SendResult.Retry)]
    public async Task SendAsync_Status_MeansRetryOrRejected(int status, SendResult result)
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(status, "because"));
        SendOutcome outcome = await WebhookChannels.Notifier().SendAsync(WebhookChannels.Of(receiver.Url), WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(result, outcome.Result);
        Assert.Equal($"{status} because", outcome.Answer);
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("Sun, 01 Mar 2026 12:02:00 GMT", 120)]
    [InlineData("Sun, 01 Mar 2020 12:00:00 GMT", 0)]
    [InlineData("86400", 3600)]
    [InlineData("soon", null)]
    public async Task SendAsync_RetryAfter_IsSecondsOrADate(string header, int? seconds)
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(503, "", header));
        SendOutcome outcome = await WebhookChannels.Notifier(new ManualTime()).SendAsync(WebhookChannels.Of(receiver.Url), WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, outcome.RetryAfter);
    }

    [Fact]
    public async Task SendAsync_Redirect_IsNotFollowed()
    {
        await using HttpReceiver other = await HttpReceiver.StartAsync(new HttpReply(200, ""));
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(307, "", Location: other.Url + "/"));
        SendOutcome outcome = await WebhookChannels.Notifier().SendAsync(WebhookChannels.Of(receiver.Url), WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.Contains("not followed", outcome.Answer, StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task SendAsync_ReceiverRepeatsWhatItGot_HidesEverySecret()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(r => new HttpReply(403, $"no {r.Path} for {r.Headers.Authorization} with s3cret-signing-key"));
        Channel channel = WebhookChannels.Of(receiver.Url + "/hooks/abcdefgh-12345678?token=zyxwvuts", hmac: "s3cret-signing-key", headers: "Authorization: Bearer my-own-token");
        SendOutcome outcome = await WebhookChannels.Notifier().SendAsync(channel, WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.DoesNotContain("abcdefgh", outcome.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain("my-own-token", outcome.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", outcome.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_LongAnswer_IsCut()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(500, new string('x', 1_000_000)));
        SendOutcome outcome = await WebhookChannels.Notifier().SendAsync(WebhookChannels.Of(receiver.Url), WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(SendResult.Retry, outcome.Result);
        Assert.InRange(outcome.Answer.Length, 100, 500);
    }

    [Theory]
    [InlineData("no colon")]
    [InlineData("Bad Name: x")]
    [InlineData(": x")]
    [InlineData("Host: evil")]
    [InlineData("content-length: 5")]
    [InlineData("X-A: caf\u00e9")]
    [InlineData("X-A: a\u0000b")]
    public void Check_BadHeader_IsAProblem(string headers) =>
        Assert.Equal("headers", Assert.Single(WebhookChannels.Notifier().Check(WebhookChannels.Of("https://example.com", headers: headers))).Field);

    [Fact]
    public void Check_PlainHttp_OnlyWarns() => Assert.True(Assert.Single(WebhookChannels.Notifier().Check(WebhookChannels.Of("http://example.com/x"))).Warning);

    [Fact]
    public void Check_NoUrl_IsAProblem() => Assert.Equal("url", Assert.Single(WebhookChannels.Notifier().Check(WebhookChannels.Of(""))).Field);

    [Fact]
    public void LabelFingerprint_KnownLabels_IsPrometheus()
    {
        // The vector of prometheus/common's own test.
        var labels = new Dictionary<string, string> { ["name"] = "garland, briggs", ["fear"] = "love is not enough" };
        Assert.Equal(5799056148416392346UL.ToString("x16", null), LabelFingerprint.Of(labels));
        Assert.Equal("cbf29ce484222325", LabelFingerprint.Of(new Dictionary<string, string>()));
    }

    [Fact]
    public async Task SendAsync_HalfACharacterInAText_IsSentWithAReplacement()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, ""));
        SendOutcome outcome = await WebhookChannels.Notifier().SendAsync(WebhookChannels.Of(receiver.Url), Samples.Of(NotificationReason.Fired, Samples.Latency() with { Message = "cut \ud83d" }), CancellationToken.None);
        Assert.Equal(SendResult.Delivered, outcome.Result);
        Assert.Equal("cut \ufffd", (string?)receiver.Only.Json["alerts"]![0]!["annotations"]!["description"]);
    }
}
