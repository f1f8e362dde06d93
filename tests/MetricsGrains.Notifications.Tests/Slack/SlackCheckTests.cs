using MetricsGrains.Core.Alerting;
using MetricsGrains.Notifications.Http;
using MetricsGrains.Notifications.Slack;

namespace MetricsGrains.Notifications.Tests.Slack;

public sealed class SlackCheckTests
{
    private static readonly SlackNotifier s_guarded = new(new HttpCourier(new GuardedDialer(allowPrivate: false), TimeProvider.System), TimeProvider.System);

    [Fact]
    public void Check_Webhook_HasNoProblem() => Assert.Empty(s_guarded.Check(SlackChannels.Of([], ("webhook_url", "https://hooks.slack.com/services/T0/B0/x"))));

    [Fact]
    public void Check_BotTokenWithChannel_HasNoProblem() => Assert.Empty(s_guarded.Check(SlackChannels.Of([("channel", "#alerts")], ("bot_token", "xoxb-1"))));

    [Fact]
    public void Check_Nothing_AsksForWebhookOrToken() => Assert.Equal("webhook_url", Assert.Single(s_guarded.Check(SlackChannels.Of([]))).Field);

    [Fact]
    public void Check_BotTokenAlone_AsksForTheChannel() => Assert.Equal("channel", Assert.Single(s_guarded.Check(SlackChannels.Of([], ("bot_token", "xoxb-1")))).Field);

    [Fact]
    public void Check_WebhookAndToken_Warns() =>
        Assert.True(Assert.Single(s_guarded.Check(SlackChannels.Of([("channel", "#a")], ("bot_token", "xoxb-1"), ("webhook_url", "https://hooks.slack.com/x")))).Warning);

    [Theory]
    [InlineData("bot_token", "xoxb-1\r\nX-Evil: 1")]
    [InlineData("webhook_url", "http://127.0.0.1/x")]
    [InlineData("webhook_url", "ftp://hooks.slack.com/x")]
    [InlineData("webhook_url", "https://user:pass@hooks.slack.com/x")]
    public void Check_BadSecret_NamesTheFieldAndDoesNotRepeatIt(string field, string value)
    {
        FieldProblem problem = s_guarded.Check(SlackChannels.Of([("channel", "#a")], (field, value))).First(p => !p.Warning);
        Assert.Equal(field, problem.Field);
        Assert.DoesNotContain(value, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_SecretAmongTheSettings_IsAProblem() =>
        Assert.Contains(s_guarded.Check(SlackChannels.Of([("webhook_url", "https://hooks.slack.com/x")])), p => p.Field == "webhook_url" && p.Message.Contains("secret", StringComparison.Ordinal));

    [Fact]
    public void Check_PrivateApiAddress_IsRefused() =>
        Assert.Contains(s_guarded.Check(SlackChannels.Of([("channel", "#a"), ("api_url", "http://[::ffff:10.0.0.1]/api")], ("bot_token", "xoxb-1"))), p => p.Field == "api_url" && !p.Warning);
}
