using System.Net;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.Tests.Receivers;
using MetricsGrains.Notifications.Tests.Webhook;

namespace MetricsGrains.Notifications.Tests.Http;

public sealed class GuardedDialerTests
{
    [Fact]
    public async Task SendAsync_NameLeadsToPrivateAddress_IsRefusedWithoutAConnection()
    {
        await using var receiver = new RawReceiver(RawReceiver.Saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        var dialer = new GuardedDialer(allowPrivate: false, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Parse("::ffff:127.0.0.1")]));
        Channel channel = WebhookChannels.Of($"http://hooks.example.com:{receiver.Port}/s3cret-path");
        SendOutcome outcome = await WebhookChannels.Notifier(dialer: dialer).SendAsync(channel, WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.Equal("hooks.example.com leads to a private address, which is refused unless MetricsGrains:Alerting:AllowPrivateWebhooks is on", outcome.Answer);
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task SendAsync_NameChangesItsMeaning_IsRefusedAtTheNextConnection()
    {
        // The first look-up says public, as an attacker's name server does while the channel is checked; nothing remembers that answer.
        int lookups = 0;
        await using var receiver = new RawReceiver(RawReceiver.Saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        var dialer = new GuardedDialer(allowPrivate: false, (_, _) => Task.FromResult<IPAddress[]>(lookups++ == 0 ? [] : [IPAddress.Loopback]));
        Channel channel = WebhookChannels.Of($"http://hooks.example.com:{receiver.Port}/");
        SendOutcome first = await WebhookChannels.Notifier(dialer: dialer).SendAsync(channel, WebhookChannels.Fired, CancellationToken.None);
        SendOutcome second = await WebhookChannels.Notifier(dialer: dialer).SendAsync(channel, WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(SendResult.Retry, first.Result);
        Assert.Contains("no such host", first.Answer, StringComparison.Ordinal);
        Assert.Equal(SendResult.Rejected, second.Result);
        Assert.Equal(0, receiver.Connections);
    }

    [Fact]
    public async Task SendAsync_PrivateAllowed_UsesTheAddressThatAnswers()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, ""));
        var dialer = new GuardedDialer(allowPrivate: true, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2"), IPAddress.Loopback]));
        Channel channel = WebhookChannels.Of($"http://hooks.example.com:{new Uri(receiver.Url).Port}/");
        SendOutcome outcome = await WebhookChannels.Notifier(dialer: dialer).SendAsync(channel, WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(SendResult.Delivered, outcome.Result);
    }

    [Fact]
    public async Task SendAsync_LiteralPrivateAddress_IsRefusedBeforeAnything()
    {
        SendOutcome outcome = await WebhookChannels.Notifier(dialer: new GuardedDialer(allowPrivate: false)).SendAsync(WebhookChannels.Of("http://169.254.169.254/latest"), WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.Contains("private address", outcome.Answer, StringComparison.Ordinal);
    }
}
