using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using static MetricsGrains.Contracts.Alerting.AlertSamples;

namespace MetricsGrains.Contracts.Alerting;

/// <summary>Channels, their secrets and their outbox.</summary>
public abstract class ChannelStoreContract : AlertStoreContract
{
    private const string Secret = "xoxb-very-secret";

    [ContractFact]
    public async Task SaveChannel_EveryMember_ComesBackAsItWas()
    {
        Channel channel = FullChannel(Secret);
        Assert.Null(await Store.FindChannelAsync(channel.Id, None));
        Assert.Equal(EditResult.Done, await Store.SaveChannelAsync(channel, Edit(AlertEventKind.ChannelEdited), None));
        AssertSame(channel, await Store.FindChannelAsync(channel.Id, None));
        AssertSame(channel, Assert.Single(await Store.ListChannelsAsync(None)));
        Assert.Single(await EventsAsync());
    }

    [ContractFact]
    public async Task SaveChannel_Secrets_AreInTheirOwnTableOnly()
    {
        Channel channel = FullChannel(Secret);
        await Store.SaveChannelAsync(channel, Edit(AlertEventKind.ChannelEdited), None);
        await Store.SaveChannelAsync(channel with { Version = 2, Secrets = new Dictionary<string, string> { ["routing_key"] = Secret + "-2" } }, Edit(AlertEventKind.ChannelEdited), None);
        string dump = await Harness.DumpWithoutSecretsAsync();
        Assert.Contains("Ops & Co", dump.Replace("\\u0026", "&", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, dump, StringComparison.Ordinal);
        Assert.Equal(Secret + "-2", (await Store.FindChannelAsync(channel.Id, None))!.Secrets["routing_key"]);
    }

    [ContractFact]
    public async Task SaveChannel_OnlyTheSecretsDiffer_IsAConflictAgainstItsOwnVersion()
    {
        Channel channel = Channel("c");
        await Store.SaveChannelAsync(channel, Edit(AlertEventKind.ChannelEdited), None);
        Assert.Equal(EditResult.Done, await Store.SaveChannelAsync(channel, Edit(AlertEventKind.ChannelEdited), None));
        Channel other = channel with { Secrets = new Dictionary<string, string> { ["url"] = "other" } };
        Assert.Equal(EditResult.Conflict, await Store.SaveChannelAsync(other, Edit(AlertEventKind.ChannelEdited), None));
        Assert.Equal(EditResult.Done, await Store.SaveChannelAsync(other with { Version = 2 }, Edit(AlertEventKind.ChannelEdited), None));
        Assert.Equal("other", (await Store.FindChannelAsync(channel.Id, None))!.Secrets["url"]);
    }

    [ContractFact]
    public async Task SaveChannel_NameOfAnotherInWhateverCase_IsTaken()
    {
        await Store.SaveChannelAsync(Channel("Ops"), Edit(AlertEventKind.ChannelEdited), None);
        Assert.Equal(EditResult.NameTaken, await Store.SaveChannelAsync(Channel("OPS"), Edit(AlertEventKind.ChannelEdited), None));
        Assert.Equal(EditResult.NotFound, await Store.SaveChannelAsync(Channel("other", version: 2), Edit(AlertEventKind.ChannelEdited), None));
    }

    [ContractFact]
    public async Task SaveChannel_ManyAgainstOneVersionAtOnce_OneWins()
    {
        Channel channel = Channel("c");
        await Store.SaveChannelAsync(channel, Edit(AlertEventKind.ChannelEdited), None);
        EditResult[] results = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => Task.Run(() =>
            Store.SaveChannelAsync(channel with { Version = 2, RatePerMinute = i }, Edit(AlertEventKind.ChannelEdited, by: $"{i}"), None))));
        Assert.Equal(1, results.Count(r => r == EditResult.Done));
        Assert.Equal(7, results.Count(r => r == EditResult.Conflict));
        Assert.Equal(EditResult.Done, results[(await Store.FindChannelAsync(channel.Id, None))!.RatePerMinute - 1]);
    }

    [ContractFact]
    public async Task ListChannels_ByName()
    {
        foreach (string name in new[] { "b", "C", "a" })
        {
            await Store.SaveChannelAsync(Channel(name), Edit(AlertEventKind.ChannelEdited, by: name), None);
        }
        Assert.Equal(["a", "b", "C"], (await Store.ListChannelsAsync(None)).Select(c => c.Name));
    }

    [ContractFact]
    public async Task DeleteChannel_TakesSecretsStateAndOutboxWithIt()
    {
        Channel channel = FullChannel(Secret);
        Channel other = Channel("other");
        OutboxMessage kept = Message(other.Id, T0);
        await Store.SaveChannelAsync(channel, Edit(AlertEventKind.ChannelEdited), None);
        await Store.SaveChannelAsync(other, Edit(AlertEventKind.ChannelEdited), None);
        await Store.SaveChannelStateAsync(FullChannelState(channel.Id), [Message(channel.Id, T0)], [], None);
        await Store.SaveChannelStateAsync(FullChannelState(other.Id), [kept], [], None);
        AlertEvent edit = Edit(AlertEventKind.ChannelEdited, by: "bob") with { ChannelId = channel.Id, Detail = "deleted" };
        Assert.Equal(EditResult.Conflict, await Store.DeleteChannelAsync(channel.Id, 7, edit, None));
        Assert.Equal(EditResult.Done, await Store.DeleteChannelAsync(channel.Id, 1, edit, None));
        Assert.Equal(EditResult.Done, await Store.DeleteChannelAsync(channel.Id, 1, edit, None));
        Assert.Equal(EditResult.NotFound, await Store.DeleteChannelAsync(channel.Id, 1, edit with { By = "eve" }, None));
        Assert.Null(await Store.FindChannelAsync(channel.Id, None));
        Assert.Null(await Store.ReadChannelStateAsync(channel.Id, None));
        Assert.Empty(await Store.ListMessagesAsync(channel.Id, null, 10, None));
        Assert.NotNull(await Store.ReadChannelStateAsync(other.Id, None));
        AssertSame(kept, Assert.Single(await Store.ListMessagesAsync(other.Id, null, 10, None)));
        // Made again under its id it has no secrets but its own.
        await Store.SaveChannelAsync(channel with { Secrets = new Dictionary<string, string>() }, Edit(AlertEventKind.ChannelEdited, atMs: T0 + 1), None);
        Assert.Empty((await Store.FindChannelAsync(channel.Id, None))!.Secrets);
    }

    [ContractFact]
    public async Task SaveChannelState_MessagesAgain_AreReplacedByTheirId()
    {
        ChannelState state = ChannelState.New(Guid.NewGuid());
        OutboxMessage message = Message(state.ChannelId, T0);
        await Store.SaveChannelStateAsync(state, [message], [], None);
        OutboxMessage sent = message with { Status = OutboxStatus.Sent, Attempts = 3, FinishedMs = T0 + 7, Answer = "200 ok" };
        await Store.SaveChannelStateAsync(state, [sent], [], None);
        AssertSame(sent, await Store.FindMessageAsync(message.Id, None));
        Assert.Empty(await Store.ListMessagesAsync(state.ChannelId, OutboxStatus.Waiting, 10, None));
        Assert.Single(await Store.ListMessagesAsync(state.ChannelId, OutboxStatus.Sent, 10, None));
        Assert.Null(await Store.FindMessageAsync(Guid.NewGuid(), None));
    }

    [ContractFact]
    public async Task ListMessages_ByStatus_NewestFirstAndNoMoreThanTheLimit()
    {
        ChannelState state = ChannelState.New(Guid.NewGuid());
        OutboxStatus[] statuses = [OutboxStatus.Waiting, OutboxStatus.Sent, OutboxStatus.Dead];
        // Several of one time: of these, the one stored last is the newest.
        OutboxMessage[] messages = [.. Enumerable.Range(0, 30).Select(i => Message(state.ChannelId, T0 + (i / 2), statuses[i % 3]))];
        foreach (OutboxMessage[] some in messages.Chunk(7))
        {
            await Store.SaveChannelStateAsync(state, some, [], None);
        }
        await Store.SaveChannelStateAsync(ChannelState.New(Guid.NewGuid()), [Message(Guid.NewGuid(), T0)], [], None);
        foreach (OutboxStatus status in statuses)
        {
            IReadOnlyList<OutboxMessage> found = await Store.ListMessagesAsync(state.ChannelId, status, 7, None);
            Assert.Equal(messages.Where(m => m.Status == status).Reverse().Take(7).Select(m => m.Id), found.Select(m => m.Id));
        }
        Assert.Equal(messages.Reverse().Select(m => m.Id), (await Store.ListMessagesAsync(state.ChannelId, null, 100, None)).Select(m => m.Id));
    }
}
