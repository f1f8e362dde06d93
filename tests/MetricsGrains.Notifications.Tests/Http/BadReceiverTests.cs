using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.Tests.PagerDuty;
using MetricsGrains.Notifications.Tests.Receivers;
using MetricsGrains.Notifications.Tests.Slack;
using MetricsGrains.Notifications.Tests.Webhook;
using MetricsGrains.Notifications.Webhook;

namespace MetricsGrains.Notifications.Tests.Http;

/// <summary>Receivers that hang, close, drip or talk nonsense: always another try, always a text that says which.</summary>
public sealed class BadReceiverTests
{
    private const string Path = "/services/T0/B0/s3cret-path";

    public static TheoryData<ChannelType> HttpTypes => [ChannelType.Slack, ChannelType.PagerDuty, ChannelType.Webhook];

    [Theory]
    [MemberData(nameof(HttpTypes))]
    public async Task SendAsync_ReceiverHangs_IsGivenUpInTime(ChannelType type)
    {
        var time = new ManualTime();
        await using var receiver = new RawReceiver(RawReceiver.HangAsync);
        Task<SendOutcome> sending = SendAsync(type, receiver.Url, time);
        await receiver.Received.WaitAsync(TimeSpan.FromMinutes(1));
        time.Advance(TimeSpan.FromSeconds(27));
        Assert.False(sending.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(SendOutcome.Retry("no whole answer within 28 s"), await sending.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Theory]
    [MemberData(nameof(HttpTypes))]
    public async Task SendAsync_ReceiverDripsHeaders_IsGivenUpInTime(ChannelType type)
    {
        var time = new ManualTime();
        await using var receiver = new RawReceiver(async (stream, stop) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nX-Drip: "u8.ToArray(), stop);
            // Each byte is ten seconds late on the notifier's clock.
            while (!stop.IsCancellationRequested)
            {
                await stream.WriteAsync("a"u8.ToArray(), stop);
                time.Advance(TimeSpan.FromSeconds(10));
                await Task.Yield();
            }
        });
        SendOutcome outcome = await SendAsync(type, receiver.Url, time).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(SendOutcome.Retry("no whole answer within 28 s"), outcome);
    }

    [Theory]
    [MemberData(nameof(HttpTypes))]
    public async Task SendAsync_ReceiverClosesWithoutAnswer_IsRetried(ChannelType type)
    {
        await using var receiver = new RawReceiver((_, _) => Task.CompletedTask);
        SendOutcome outcome = await SendAsync(type, receiver.Url);
        Assert.Equal(SendResult.Retry, outcome.Result);
        Assert.Equal($"127.0.0.1:{receiver.Port} closed the connection without a whole answer", outcome.Answer);
    }

    [Theory]
    [MemberData(nameof(HttpTypes))]
    public async Task SendAsync_ReceiverResets_IsRetried(ChannelType type)
    {
        await using var receiver = new RawReceiver((stream, _) =>
        {
            stream.Socket.LingerState = new LingerOption(true, 0);
            stream.Socket.Close();
            return Task.CompletedTask;
        });
        SendOutcome outcome = await SendAsync(type, receiver.Url);
        Assert.Equal(SendResult.Retry, outcome.Result);
        Assert.Contains("closed the connection", outcome.Answer, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(HttpTypes))]
    public async Task SendAsync_ReceiverTalksNonsense_IsRetried(ChannelType type)
    {
        await using var receiver = new RawReceiver(RawReceiver.Saying("220 mail.example.com ESMTP\r\n"));
        SendOutcome outcome = await SendAsync(type, receiver.Url);
        Assert.Equal(SendOutcome.Retry($"127.0.0.1:{receiver.Port} answered something that is not HTTP"), outcome);
    }

    [Theory]
    [MemberData(nameof(HttpTypes))]
    public async Task SendAsync_EndlessHeaders_AreRetried(ChannelType type)
    {
        await using var receiver = new RawReceiver(RawReceiver.Saying("HTTP/1.1 200 OK\r\nX-Long: " + new string('x', 100_000) + "\r\n\r\n"));
        SendOutcome outcome = await SendAsync(type, receiver.Url);
        Assert.Equal(SendOutcome.Retry($"127.0.0.1:{receiver.Port} answered with too long headers"), outcome);
    }

    [Theory]
    [MemberData(nameof(HttpTypes))]
    public async Task SendAsync_NobodyListens_IsRetried(ChannelType type)
    {
        var receiver = new RawReceiver(RawReceiver.HangAsync);
        string url = receiver.Url;
        int port = receiver.Port;
        await receiver.DisposeAsync();
        Assert.Equal(SendOutcome.Retry($"127.0.0.1:{port} refused the connection"), await SendAsync(type, url));
    }

    [Theory]
    [MemberData(nameof(HttpTypes))]
    public async Task SendAsync_CertificateIsNotTrusted_IsRetriedAndSaysSo(ChannelType type)
    {
        using X509Certificate2 certificate = SelfSigned.Create();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, "ok"), certificate);
        SendOutcome outcome = await SendAsync(type, receiver.Url);
        Assert.Equal(SendResult.Retry, outcome.Result);
        Assert.StartsWith($"no secure connection to 127.0.0.1:{new Uri(receiver.Url).Port}", outcome.Answer, StringComparison.Ordinal);
        Assert.Contains("certificate", outcome.Answer, StringComparison.Ordinal);
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task SendAsync_CertificateIsTrusted_IsDeliveredEncrypted()
    {
        using X509Certificate2 certificate = SelfSigned.Create();
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, "ok"), certificate);
        var courier = new HttpCourier(new GuardedDialer(allowPrivate: true), TimeProvider.System, (_, given, _, _) => given?.GetCertHashString() == certificate.GetCertHashString());
        SendOutcome outcome = await new WebhookNotifier(courier, TimeProvider.System).SendAsync(WebhookChannels.Of(receiver.Url + Path), WebhookChannels.Fired, CancellationToken.None);
        Assert.StartsWith("https://", receiver.Url, StringComparison.Ordinal);
        Assert.Equal(SendOutcome.Delivered("200 ok"), outcome);
    }

    [Theory]
    [MemberData(nameof(HttpTypes))]
    public async Task SendAsync_Cancelled_Throws(ChannelType type)
    {
        using var cancel = new CancellationTokenSource();
        await using var receiver = new RawReceiver(RawReceiver.HangAsync);
        Task<SendOutcome> sending = SendAsync(type, receiver.Url, cancel: cancel.Token);
        await receiver.Received.WaitAsync(TimeSpan.FromMinutes(1));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task SendAsync_WebhookTookItButItsBodyHangs_IsDelivered()
    {
        var time = new ManualTime();
        await using var receiver = new RawReceiver(async (stream, stop) =>
        {
            await stream.WriteAsync("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf"u8.ToArray(), stop);
            while (!stop.IsCancellationRequested)
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.Delay(1, stop);
            }
        });
        Assert.Equal(SendOutcome.Delivered("202 half"), await SendAsync(ChannelType.Webhook, receiver.Url, time).WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task SendAsync_SlacksBodyIsCutOff_IsRetried()
    {
        await using var receiver = new RawReceiver(RawReceiver.Saying("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":tr"));
        Channel channel = SlackChannels.ByBot(receiver.Url);
        SendOutcome outcome = await SlackChannels.Notifier().SendAsync(channel, WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(SendResult.Retry, outcome.Result);
    }

    private static async Task<SendOutcome> SendAsync(ChannelType type, string url, TimeProvider? time = null, CancellationToken cancel = default)
    {
        (INotifier notifier, Channel channel) = type switch
        {
            ChannelType.Slack => ((INotifier)SlackChannels.Notifier(time), SlackChannels.Of([], ("webhook_url", url + Path))),
            ChannelType.PagerDuty => (PagerDutyChannels.Notifier(time), PagerDutyChannels.Of(url + Path)),
            _ => (WebhookChannels.Notifier(time), WebhookChannels.Of(url + Path)),
        };
        SendOutcome outcome = await notifier.SendAsync(channel, WebhookChannels.Fired, cancel);
        Assert.DoesNotContain("s3cret", outcome.Answer, StringComparison.Ordinal);
        return outcome;
    }
}
