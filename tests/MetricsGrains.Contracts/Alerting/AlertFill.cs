using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using static MetricsGrains.Contracts.Alerting.AlertSamples;

namespace MetricsGrains.Contracts.Alerting;

/// <summary>Fills a store of alerting with a bit of everything it can hold, and asks for all of it.</summary>
public sealed class AlertFill
{
    private const int Events = 5_000;

    private readonly AlertRule _deleted = AlertSamples.Rule("deleted");
    private readonly Channel _channel = FullChannel("s3cret \0 €");
    private readonly Silence _silence = Silence(long.MaxValue);

    public AlertRule Rule { get; } = FullRule();

    public async Task FillAsync(IAlertStore store)
    {
        CancellationToken none = CancellationToken.None;
        await store.SaveRuleAsync(Rule, Edit(AlertEventKind.RuleCreated, Rule.Id), none);
        await store.SaveRuleAsync(Rule with { Version = 2, Threshold = double.NaN, Message = "nul \0" }, Edit(AlertEventKind.RuleEdited, Rule.Id), none);
        await store.SaveRuleAsync(_deleted, Edit(AlertEventKind.RuleCreated, _deleted.Id), none);
        await store.DeleteRuleAsync(_deleted.Id, null, Edit(AlertEventKind.RuleDeleted, _deleted.Id), none);
        await store.SaveChannelAsync(_channel, Edit(AlertEventKind.ChannelEdited), none);
        await store.SaveSilenceAsync(_silence, Edit(AlertEventKind.SilenceCreated), none);
        // Over a year, some at one time, some late.
        await store.SaveRuleStateAsync(FullState(Rule.Id), [.. Enumerable.Range(0, Events).Select(i => FullEvent(T0 - (i * 7 % 365 * Day), Rule.Id, _channel.Id) with { Detail = $"{i} \0", Value = i % 3 == 0 ? double.NaN : i })], none);
        await store.SaveChannelStateAsync(FullChannelState(_channel.Id), [.. Enumerable.Range(0, 2_600).Select(i => Message(_channel.Id, T0 + (i / 2), (OutboxStatus)(1 + (i % 3)), i % 3 == 0 ? null : T0))], [], none);
    }

    /// <summary>What a store answers, as text; the ids of events, which each store gives by itself, left out.</summary>
    public async Task<string> AnswersAsync(IAlertStore store)
    {
        CancellationToken none = CancellationToken.None;
        var events = new List<AlertEvent>();
        while (await store.ReadEventsAsync(AnyEvent with { Before = events.Count == 0 ? null : events[^1].Id }, none) is { Count: > 0 } page)
        {
            events.AddRange(page);
        }
        string[] answers =
        [
            AlertJson.Write(await store.ListRulesAsync(none)),
            AlertJson.Write(await store.ListVersionsAsync(Rule.Id, none)),
            AlertJson.Write(await store.ListVersionsAsync(_deleted.Id, none)),
            AlertJson.Write(await store.ReadRuleStateAsync(Rule.Id, none)),
            AlertJson.Write(await store.ListChannelsAsync(none)),
            AlertJson.Write(await store.ReadChannelStateAsync(_channel.Id, none)),
            AlertJson.Write(await store.ListMessagesAsync(_channel.Id, null, 10_000, none)),
            AlertJson.Write(await store.ListSilencesAsync(T0, none)),
            AlertJson.Write(events.Select(e => e with { Id = 0 })),
        ];
        // PostgreSQL can't hold U+0000 and shows it.
        return string.Join('\n', answers).Replace("\\u0000", "\\u2400", StringComparison.Ordinal);
    }
}
