using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>A channel's form against what is stored.</summary>
public sealed class ChannelEditTests
{
    private const long Now = 1_776_416_400_000;

    private static readonly Guid s_id = new("aaaaaaaa-0000-0000-0000-000000000002");

    private static readonly ChannelEdit s_slack = new() { Name = " ops ", Type = ChannelType.Slack, Values = Values(("bot_token", "xoxb-hush"), ("channel", "#alerts")) };

    [Fact]
    public void Apply_NewChannel_TakesSettingsAndSecretsApart()
    {
        Channel channel = s_slack.Apply(null, s_id, Now);
        Assert.Equal((s_id, "ops", 1, Now, Now, NotificationGrouping.Channel), (channel.Id, channel.Name, channel.Version, channel.CreatedAtMs, channel.UpdatedAtMs, channel.Grouping));
        Assert.Equal([new("channel", "#alerts")], channel.Settings);
        Assert.Equal([new("bot_token", "xoxb-hush")], channel.Secrets);
        Assert.Equal(NotificationGrouping.Rule, new ChannelEdit { Name = "p", Type = ChannelType.PagerDuty }.Apply(null, s_id, Now).Grouping);
    }

    [Fact]
    public void Of_AStoredChannel_HasAllButItsSecretsAndAppliesToTheSame()
    {
        Channel stored = s_slack.Apply(null, s_id, Now) with { RatePerMinute = 7, GroupWait = TimeSpan.Zero, FallbackId = Guid.NewGuid(), Enabled = false };
        ChannelEdit form = ChannelEdit.Of(ChannelView.Of(stored));
        Assert.DoesNotContain("bot_token", form.Values.Keys);
        Assert.Empty(form.Check(stored));
        Channel again = form.Apply(stored, Guid.NewGuid(), Now + 5);
        Assert.Equal(AlertJson.Write(stored with { Version = 2, UpdatedAtMs = Now + 5 }), AlertJson.Write(again));
    }

    [Theory]
    [InlineData("", false, "xoxb-hush")]
    [InlineData("xoxb-new", false, "xoxb-new")]
    [InlineData("", true, null)]
    [InlineData("xoxb-new", true, "xoxb-new")]
    public void Apply_ASecret_StaysIsReplacedOrCleared(string given, bool cleared, string? expected)
    {
        Channel stored = s_slack.Apply(null, s_id, Now);
        ChannelEdit form = s_slack with { Values = Values(("bot_token", given), ("channel", "#alerts")), Cleared = cleared ? ["bot_token"] : [] };
        Assert.Equal(expected, form.Apply(stored, s_id, Now).Secrets.GetValueOrDefault("bot_token"));
    }

    [Theory]
    [InlineData(ChannelType.Slack, "bot_token", "api_url", "https://elsewhere.example.com")]
    [InlineData(ChannelType.PagerDuty, "routing_key", "events_url", "https://elsewhere.example.com")]
    [InlineData(ChannelType.Email, "password", "smtp_host", "elsewhere.example.com")]
    [InlineData(ChannelType.Email, "password", "smtp_port", "2525")]
    [InlineData(ChannelType.Email, "password", "security", "none")]
    [InlineData(ChannelType.Webhook, "headers", "url", "https://elsewhere.example.com")]
    public void Check_AnotherAddress_WantsTheSecretAgain(ChannelType type, string secret, string address, string other)
    {
        bool isSecret = ChannelSchema.Of(type).Single(f => f.Name == address).Secret;
        Channel stored = new()
        {
            Id = s_id,
            Name = "c",
            Type = type,
            Settings = isSecret ? Values() : Values((address, "first.example.com")),
            Secrets = isSecret ? Values((secret, "A: hush"), (address, "https://first.example.com")) : Values((secret, "hush")),
        };
        ChannelEdit form = new() { Name = "c", Type = type, Values = Values((address, other)) };
        Assert.Equal(secret, Assert.Single(form.Check(stored)).Field);
        Assert.Empty((form with { Values = Values((address, other), (secret, "B: again")) }).Check(stored));
        Assert.Empty((form with { Cleared = [secret] }).Check(stored));
        // Of the same address nothing is asked; and of an address that has no secret to lose.
        Assert.Empty((form with { Values = Values((address, isSecret ? "" : "first.example.com")) }).Check(stored));
        Assert.Empty(form.Check(stored with { Secrets = isSecret ? Values((address, "https://first.example.com")) : Values() }));
    }

    [Fact]
    public void Check_AnotherType_IsRefusedAlone() =>
        Assert.Equal(["type"], (s_slack with { Type = ChannelType.Email, RatePerMinute = 0 }).Check(s_slack.Apply(null, s_id, Now)).Select(p => p.Field));

    [Fact]
    public void Check_EachWrongField_IsNamed()
    {
        Assert.Equal(["name"], Fields(s_slack with { Name = " " }));
        Assert.Equal(["name"], Fields(s_slack with { Name = new string('x', ChannelEdit.MaxNameLength + 1) }));
        Assert.Equal(["group_wait"], Fields(s_slack with { GroupWait = TimeSpan.FromSeconds(-1) }));
        Assert.Equal(["group_wait"], Fields(s_slack with { GroupWait = TimeSpan.FromHours(25) }));
        Assert.Equal(["group_interval"], Fields(s_slack with { GroupInterval = TimeSpan.FromHours(25) }));
        Assert.Equal(["rate_per_minute"], Fields(s_slack with { RatePerMinute = 0 }));
        Assert.Equal(["rate_per_minute"], Fields(s_slack with { RatePerMinute = 601 }));
        Assert.Equal(["smtp_host"], Fields(s_slack with { Values = Values(("smtp_host", "h")) }));
        Assert.Equal(["channel"], Fields(s_slack with { Values = Values(("channel", new string('x', ChannelEdit.MaxValueLength + 1))) }));
        Assert.Equal(["channel"], Fields(s_slack with { Cleared = ["channel"] }));
        Assert.Equal(["fallback"], (s_slack with { FallbackId = s_id }).Check(s_slack.Apply(null, s_id, Now)).Select(p => p.Field));
        Assert.Empty(Fields(s_slack));
    }

    private static IEnumerable<string> Fields(ChannelEdit edit) => edit.Check(null).Select(p => p.Field);

    private static Dictionary<string, string> Values(params (string Name, string Value)[] values) => values.ToDictionary(v => v.Name, v => v.Value);
}
