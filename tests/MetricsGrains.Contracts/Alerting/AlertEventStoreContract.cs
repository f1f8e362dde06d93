using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using static MetricsGrains.Contracts.Alerting.AlertSamples;

namespace MetricsGrains.Contracts.Alerting;

/// <summary>The history: queries, pages, retention.</summary>
public abstract class AlertEventStoreContract : AlertStoreContract
{
    [ContractTheory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(0.1)]
    [InlineData(null)]
    public async Task AppendEvents_EveryMember_ComesBackAsItWas(double? value)
    {
        AlertEvent full = FullEvent(T0, Guid.NewGuid(), Guid.NewGuid()) with { Value = value };
        AlertEvent bare = new() { AtMs = T0 - 1, Kind = AlertEventKind.EvaluationMissed };
        await Store.AppendEventsAsync([full, bare], None);
        IReadOnlyList<AlertEvent> found = await EventsAsync();
        Assert.Equal([full, bare], found.Select(e => e with { Id = 0 }));
        Assert.All(found, e => Assert.True(e.Id > 0));
    }

    [ContractFact]
    public async Task AppendEvents_TheSameAgain_IsThereOnce()
    {
        AlertEvent one = FullEvent(T0, Guid.NewGuid(), Guid.NewGuid());
        await Store.AppendEventsAsync([one, one with { Detail = "another" }], None);
        await Store.AppendEventsAsync([], None);
        await Store.AppendEventsAsync([one, one with { AtMs = T0 + 1 }], None);
        Assert.Equal(3, (await EventsAsync()).Count);
    }

    [ContractFact]
    public async Task ReadEvents_AnyCombinationOfConditions_IsWhatFilteringFinds()
    {
        const int Seed = 20250310;
        var random = new Random(Seed);
        Guid[] rules = [.. Enumerable.Range(0, 3).Select(_ => Guid.NewGuid())];
        Guid[] channels = [.. Enumerable.Range(0, 2).Select(_ => Guid.NewGuid())];
        string?[] instances = [null, "", "host:a", "host:b"];
        AlertEventKind[] kinds = Enum.GetValues<AlertEventKind>();
        AlertEvent[] all = [.. Enumerable.Range(0, 400).Select(i => new AlertEvent
        {
            // Over three months, many of one time, not in the order of time.
            AtMs = T0 - (random.Next(60) * Day * 3 / 2),
            Kind = kinds[random.Next(kinds.Length)],
            RuleId = random.Next(4) == 0 ? null : rules[random.Next(rules.Length)],
            Instance = instances[random.Next(instances.Length)],
            ChannelId = random.Next(2) == 0 ? null : channels[random.Next(channels.Length)],
            Detail = $"{i}",
        })];
        foreach (AlertEvent[] some in all.Chunk(90))
        {
            await Store.AppendEventsAsync(some, None);
        }
        for (int i = 0; i < 100; i++)
        {
            Guid? rule = random.Next(2) == 0 ? null : rules[random.Next(rules.Length)];
            string? instance = instances[random.Next(instances.Length)];
            Guid? channel = random.Next(2) == 0 ? null : channels[random.Next(channels.Length)];
            AlertEventKind[] wanted = [.. kinds.Where(_ => random.Next(6) == 0)];
            long from = T0 - (random.Next(90) * Day);
            long to = from + (random.Next(90) * Day);
            IEnumerable<string> expected = all.Index().Where(e => (rule is null || e.Item.RuleId == rule) && (string.IsNullOrEmpty(instance) || e.Item.Instance == instance)
                    && (channel is null || e.Item.ChannelId == channel) && (wanted.Length == 0 || wanted.Contains(e.Item.Kind)) && e.Item.AtMs >= from && e.Item.AtMs < to)
                .OrderByDescending(e => e.Item.AtMs).ThenByDescending(e => e.Index).Select(e => e.Item.Detail);
            var query = new AlertEventQuery(rule, instance, channel, wanted, from, to, null, 1_000);
            IReadOnlyList<AlertEvent> found = await Store.ReadEventsAsync(query, None);
            Assert.True(expected.SequenceEqual(found.Select(e => e.Detail)), $"seed {Seed}, query {i}: {query}");
        }
    }

    [ContractFact]
    public async Task ReadEvents_PageAfterPage_VisitsAllOnceThoughTimesRepeatAndGoBack()
    {
        await Store.AppendEventsAsync([.. Enumerable.Range(0, 100).Select(i => Edit(AlertEventKind.RuleEdited, atMs: T0 + (i * 7 % 10), by: $"{i}"))], None);
        IReadOnlyList<AlertEvent> all = await EventsAsync();
        var seen = new List<AlertEvent>();
        long? before = null;
        while (await Store.ReadEventsAsync(AnyEvent with { Limit = 7, Before = before }, None) is { Count: > 0 } page)
        {
            seen.AddRange(page);
            before = page[^1].Id;
            // What comes meanwhile is before the pages that follow.
            await Store.AppendEventsAsync([Edit(AlertEventKind.RuleMuted, atMs: T0 + 100, by: $"{before}")], None);
        }
        Assert.Equal(all, seen);
    }

    [ContractTheory]
    [InlineData(0)]
    [InlineData(1_001)]
    public async Task ReadEvents_LimitOutOfRange_Throws(int limit) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.ReadEventsAsync(AnyEvent with { Limit = limit }, None));

    [ContractFact]
    public async Task AppendEvents_ManyAtOnce_AllAreThere()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < 10; i++)
            {
                // Months that no partition is made for yet.
                await Store.AppendEventsAsync([.. Enumerable.Range(0, 5).Select(n => Edit(AlertEventKind.RuleEdited, atMs: T0 + (i * 31 * Day), by: $"{writer}/{n}"))], None);
            }
        })));
        IReadOnlyList<AlertEvent> all = await EventsAsync();
        Assert.Equal(400, all.Select(e => e.Id).Distinct().Count());
    }

    [ContractFact]
    public async Task Retain_Old_IsDeletedAndTheRestStays()
    {
        long before = T0 - (90 * Day);
        long old = before - (31 * Day);
        AlertRule gone = Rule("gone");
        AlertRule goneLately = Rule("gone lately");
        AlertRule kept = Rule("kept") with { UpdatedAtMs = old };
        foreach (AlertRule rule in new[] { gone, goneLately, kept })
        {
            await Store.SaveRuleAsync(rule with { UpdatedAtMs = old }, Edit(AlertEventKind.RuleCreated, rule.Id, old), None);
            await Store.SaveRuleStateAsync(FullState(rule.Id) with { LastEvaluationMs = old }, [], None);
        }
        await Store.DeleteRuleAsync(gone.Id, null, Edit(AlertEventKind.RuleDeleted, gone.Id, old), None);
        await Store.DeleteRuleAsync(goneLately.Id, null, Edit(AlertEventKind.RuleDeleted, goneLately.Id, before), None);
        Channel channel = Channel("c");
        await Store.SaveChannelAsync(channel, Edit(AlertEventKind.ChannelEdited, atMs: T0), None);
        OutboxMessage waiting = Message(channel.Id, old), lately = Message(channel.Id, old, OutboxStatus.Dead, before);
        OutboxMessage[] finished = [.. Enumerable.Range(0, 2_500).Select(i => Message(channel.Id, old, OutboxStatus.Sent, before - 1 - i))];
        await Store.SaveChannelStateAsync(ChannelState.New(channel.Id), [waiting, lately, .. finished], [], None);
        Silence silence = Silence(before), ended = Silence(before - 1);
        await Store.SaveSilenceAsync(silence, Edit(AlertEventKind.SilenceCreated, atMs: old), None);
        await Store.SaveSilenceAsync(ended, Edit(AlertEventKind.SilenceCreated, atMs: old), None);
        await Store.RetainAsync(before, None);
        await Store.RetainAsync(before, None);
        Assert.Empty(await Store.ListVersionsAsync(gone.Id, None));
        Assert.Equal(2, (await Store.ListVersionsAsync(goneLately.Id, None)).Count);
        Assert.Single(await Store.ListVersionsAsync(kept.Id, None));
        Assert.Equal((true, true, false), (await StatelessAsync(gone), await StatelessAsync(goneLately), await StatelessAsync(kept)));
        Assert.Equal([lately.Id, waiting.Id], (await Store.ListMessagesAsync(channel.Id, null, 10, None)).Select(m => m.Id));
        Assert.NotNull(await Store.ReadChannelStateAsync(channel.Id, None));
        Assert.Equal(silence.Id, Assert.Single(await Store.ListSilencesAsync(long.MinValue, None)).Id);
        Assert.Equal([T0, before], (await EventsAsync()).Select(e => e.AtMs));
        // The place for a time that is long over can be made once more.
        await Store.AppendEventsAsync([Edit(AlertEventKind.RuleMuted, atMs: old)], None);
        Assert.Equal(3, (await EventsAsync()).Count);
    }

    [ContractFact]
    public async Task Retain_ManyOldEvents_AllGo()
    {
        foreach (AlertEvent[] some in Enumerable.Range(0, 12_000).Select(i => Edit(AlertEventKind.RuleEdited, atMs: T0 - (100 * Day), by: $"{i}")).Chunk(4_000))
        {
            await Store.AppendEventsAsync(some, None);
        }
        await Store.AppendEventsAsync([Edit(AlertEventKind.RuleEdited)], None);
        await Store.RetainAsync(T0 - (30 * Day), None);
        Assert.Single(await EventsAsync());
    }

    [ContractFact]
    public async Task Retain_DeletedChannelsLeftovers_Go()
    {
        ChannelState orphan = ChannelState.New(Guid.NewGuid());
        await Store.SaveChannelStateAsync(orphan, [Message(orphan.ChannelId, T0)], [], None);
        await Store.RetainAsync(T0 - Day, None);
        Assert.Null(await Store.ReadChannelStateAsync(orphan.ChannelId, None));
        Assert.Empty(await Store.ListMessagesAsync(orphan.ChannelId, null, 10, None));
    }

    private async Task<bool> StatelessAsync(AlertRule rule) => await Store.ReadRuleStateAsync(rule.Id, None) is null;
}
