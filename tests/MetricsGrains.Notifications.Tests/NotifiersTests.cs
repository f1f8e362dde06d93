using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Notifications.Tests.Receivers;
using MetricsGrains.Notifications.Tests.Webhook;

namespace MetricsGrains.Notifications.Tests;

public sealed class NotifiersTests
{
    [Fact]
    public void Create_Any_HasOneForEachType() =>
        Assert.Equal(Enum.GetValues<ChannelType>().Order(), Notifiers.Create(false, TimeProvider.System).Select(n => n.Type).Order());

    [Fact]
    public async Task Create_PrivateAddressesForbidden_RefusesThem()
    {
        await using HttpReceiver receiver = await HttpReceiver.StartAsync(new HttpReply(200, ""));
        SendOutcome outcome = await Webhook(allowPrivate: false).SendAsync(WebhookChannels.Of(receiver.Url), WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.Empty(receiver.Requests);
        Assert.Equal(SendResult.Delivered, (await Webhook(allowPrivate: true).SendAsync(WebhookChannels.Of(receiver.Url), WebhookChannels.Fired, CancellationToken.None)).Result);
    }

    [Theory]
    [InlineData(ChannelType.Slack)]
    [InlineData(ChannelType.PagerDuty)]
    [InlineData(ChannelType.Email)]
    [InlineData(ChannelType.Webhook)]
    public async Task SendAsync_EmptyChannel_IsRejectedAndNamesWhatIsMissing(ChannelType type)
    {
        Channel channel = Samples.ChannelOf(type, new Dictionary<string, string>(), new Dictionary<string, string>());
        INotifier notifier = Notifiers.Create(false, TimeProvider.System).Single(n => n.Type == type);
        FieldProblem problem = notifier.Check(channel).First(p => !p.Warning);
        SendOutcome outcome = await notifier.SendAsync(channel, WebhookChannels.Fired, CancellationToken.None);
        Assert.Equal(SendResult.Rejected, outcome.Result);
        Assert.Contains(problem.Field, outcome.Answer, StringComparison.Ordinal);
    }

    private static INotifier Webhook(bool allowPrivate) => Notifiers.Create(allowPrivate, TimeProvider.System).Single(n => n.Type == ChannelType.Webhook);
}
