using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using static MetricsGrains.Contracts.Alerting.AlertSamples;

namespace MetricsGrains.Contracts.Alerting;

/// <summary>States of rules and channels, saved with their events and messages all or nothing; and what is there after a kill.</summary>
public abstract class AlertStateStoreContract : AlertStoreContract
{
    [ContractFact]
    public async Task SaveRuleState_EveryMember_ComesBackAsItWas()
    {
        AlertRuleState state = FullState(Guid.NewGuid());
        Assert.Null(await Store.ReadRuleStateAsync(state.RuleId, None));
        await Store.SaveRuleStateAsync(state, [], None);
        AssertSame(state, await Store.ReadRuleStateAsync(state.RuleId, None));
        AlertRuleState next = AlertRuleState.New(state.RuleId);
        await Store.SaveRuleStateAsync(next, [], None);
        AssertSame(next, await Store.ReadRuleStateAsync(state.RuleId, None));
        await Store.DeleteRuleStateAsync(state.RuleId, None);
        Assert.Null(await Store.ReadRuleStateAsync(state.RuleId, None));
    }

    [ContractFact]
    public async Task SaveRuleState_EventsFailHalfway_NothingOfItIsThere()
    {
        AlertRuleState before = AlertRuleState.New(Guid.NewGuid());
        await Store.SaveRuleStateAsync(before, [], None);
        await Assert.ThrowsAsync<BreakingListException>(() => Store.SaveRuleStateAsync(FullState(before.RuleId), BreakingEvents(), None));
        AssertSame(before, await Store.ReadRuleStateAsync(before.RuleId, None));
        Assert.Empty(await EventsAsync());
    }

    [ContractFact]
    public async Task SaveRuleState_Repeated_AddsItsEventsOnce()
    {
        Guid rule = Guid.NewGuid();
        AlertEvent[] events = [.. Enumerable.Range(0, 1_000).Select(i => FullEvent(T0 + (i / 10), rule, Guid.NewGuid()))];
        await Store.SaveRuleStateAsync(FullState(rule), events, None);
        await Store.SaveRuleStateAsync(FullState(rule), events, None);
        Assert.Equal(events.Reverse(), (await EventsAsync()).Select(e => e with { Id = 0 }));
    }

    [ContractFact]
    public async Task SaveChannelState_EveryMember_ComesBackAsItWas()
    {
        ChannelState state = FullChannelState(Guid.NewGuid());
        OutboxMessage message = Message(state.ChannelId, T0, OutboxStatus.Dead, T0 + 9);
        Assert.Null(await Store.ReadChannelStateAsync(state.ChannelId, None));
        await Store.SaveChannelStateAsync(state, [message], [FullEvent(T0, Guid.NewGuid(), state.ChannelId)], None);
        AssertSame(state, await Store.ReadChannelStateAsync(state.ChannelId, None));
        AssertSame(message, await Store.FindMessageAsync(message.Id, None));
        Assert.Single(await EventsAsync());
    }

    [ContractFact]
    public async Task SaveChannelState_EventsFailHalfway_NeitherStateNorMessageIsThere()
    {
        ChannelState state = FullChannelState(Guid.NewGuid());
        OutboxMessage message = Message(state.ChannelId, T0);
        await Assert.ThrowsAsync<BreakingListException>(() => Store.SaveChannelStateAsync(state, [message], BreakingEvents(), None));
        Assert.Null(await Store.ReadChannelStateAsync(state.ChannelId, None));
        Assert.Null(await Store.FindMessageAsync(message.Id, None));
        Assert.Empty(await EventsAsync());
    }

    [ContractTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reopen_EverythingIsThere(bool killed)
    {
        AlertRule rule = FullRule();
        Channel channel = FullChannel("s3cret");
        Silence silence = Silence(T0 + Day);
        AlertRuleState state = FullState(rule.Id);
        ChannelState channelState = FullChannelState(channel.Id);
        OutboxMessage message = Message(channel.Id, T0);
        await Store.SaveRuleAsync(rule, Edit(AlertEventKind.RuleCreated), None);
        await Store.SaveChannelAsync(channel, Edit(AlertEventKind.ChannelEdited), None);
        await Store.SaveSilenceAsync(silence, Edit(AlertEventKind.SilenceCreated), None);
        await Store.SaveRuleStateAsync(state, [FullEvent(T0, rule.Id, channel.Id)], None);
        await Store.SaveChannelStateAsync(channelState, [message], [], None);
        await Harness.ReopenAsync(killed);
        AssertSame(rule, await Store.FindRuleAsync(rule.Id, None));
        AssertSame(channel, await Store.FindChannelAsync(channel.Id, None));
        AssertSame(silence, await Store.FindSilenceAsync(silence.Id, None));
        AssertSame(state, await Store.ReadRuleStateAsync(rule.Id, None));
        AssertSame(channelState, await Store.ReadChannelStateAsync(channel.Id, None));
        AssertSame(message, Assert.Single(await Store.ListMessagesAsync(channel.Id, OutboxStatus.Waiting, 10, None)));
        long newest = (await EventsAsync()).Max(e => e.Id);
        await Store.AppendEventsAsync([Edit(AlertEventKind.RuleMuted, atMs: T0 + 1)], None);
        Assert.Equal(5, (await EventsAsync()).Count);
        Assert.True((await EventsAsync())[0].Id > newest);
    }

    /// <summary>Two events that are there, and a third that can't be had.</summary>
    private static BreakingList<AlertEvent> BreakingEvents() => new([Edit(AlertEventKind.RuleMuted), Edit(AlertEventKind.RuleUnmuted)]);
}
