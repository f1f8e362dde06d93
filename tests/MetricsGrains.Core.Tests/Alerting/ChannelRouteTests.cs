using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

public sealed class ChannelRouteTests
{
    private static readonly Channel s_ops = Some("ops"), s_chat = Some("chat"), s_night = Some("night"), s_off = Some("off") with { Enabled = false };

    [Fact]
    public void Of_NamesAndIds_AreFoundOnceEach()
    {
        var route = ChannelRoute.Of(Rule("OPS", s_ops.Id.ToString(), "chat", "off"), [s_ops, s_chat, s_off]);
        Assert.Equal([s_ops.Id, s_chat.Id, s_off.Id], route.Ids);
        Assert.Equal("", route.Problem);
    }

    [Fact]
    public void Of_RuleWithoutChannels_TellsNobodyAndMissesNothing()
    {
        var route = ChannelRoute.Of(Rule(), [s_ops]);
        Assert.Empty(route.Ids);
        Assert.Equal("", route.Problem);
    }

    [Fact]
    public void Of_MissingChannel_GoesToThoseChosenAsFallbacks()
    {
        var route = ChannelRoute.Of(Rule("chat", "gone"), [s_ops with { FallbackId = s_night.Id }, s_chat, s_night]);
        Assert.Equal([s_chat.Id, s_night.Id], route.Ids);
        Assert.Equal("there is no channel 'gone': night is told instead", route.Problem);
    }

    [Fact]
    public void Of_MissingChannelAndNoUsableFallback_GoesToEveryEnabledOne()
    {
        var route = ChannelRoute.Of(Rule("gone"), [s_ops with { FallbackId = s_off.Id }, s_chat, s_off]);
        Assert.Equal([s_ops.Id, s_chat.Id], route.Ids);
        Assert.Equal("there is no channel 'gone': ops, chat are told instead", route.Problem);
        Assert.Equal("there is no channel 'gone': nobody is told instead", ChannelRoute.Of(Rule("gone"), [s_off]).Problem);
    }

    [Fact]
    public void Listeners_OfAFailingChannel_AreItsFallbackOrElseWhoeverDelivers()
    {
        Channel failing = s_ops with { FallbackId = s_night.Id };
        IReadOnlyList<Channel> all = [failing, s_chat, s_night, s_off];
        Assert.Equal([s_night], ChannelFallback.ListenersOf(failing, all, new HashSet<Guid> { failing.Id }));
        Assert.Equal([s_chat], ChannelFallback.ListenersOf(failing, all, new HashSet<Guid> { failing.Id, s_night.Id }));
        Assert.Equal([s_chat, s_night], ChannelFallback.ListenersOf(failing, all, new HashSet<Guid> { failing.Id, s_night.Id, s_chat.Id }));
        Assert.Equal([s_chat], ChannelFallback.ListenersOf(failing with { FallbackId = s_off.Id }, [failing, s_chat, s_off], new HashSet<Guid> { failing.Id }));
        Assert.Equal([s_chat], ChannelFallback.ListenersOf(failing with { FallbackId = failing.Id }, [failing, s_chat], new HashSet<Guid> { failing.Id }));
        Assert.Empty(ChannelFallback.ListenersOf(failing, [failing, s_off], new HashSet<Guid> { failing.Id }));
    }

    private static AlertRule Rule(params string[] channels) => SomeRule.Threshold() with { Channels = channels };

    private static Channel Some(string name) => new() { Id = Guid.NewGuid(), Name = name, Type = ChannelType.Webhook };
}
