using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// All rules and channels in this process. On a node that stands by it shows what the evaluating node has saved; edits are found by that one within half
/// a minute, and what only its memory can do is refused.
/// </summary>
/// <param name="duty">Null while this node stands by.</param>
internal sealed class AlertHost(Func<EvaluationDuty?> duty, IAlertRuleStore store) : IAlertGrains
{
    public async ValueTask ReloadRuleAsync(Guid ruleId, CancellationToken cancel)
    {
        if (duty() is { } mine)
        {
            await mine.Rules.ReloadAsync(ruleId, cancel);
        }
    }

    public async ValueTask<AlertRuleStanding?> DescribeRuleAsync(Guid ruleId, CancellationToken cancel) =>
        duty() is { } mine ? mine.Rules.Find(ruleId)?.Standing
        : await store.FindRuleAsync(ruleId, cancel) is { } rule ? await SavedAsync(rule, cancel) : null;

    public async ValueTask<IReadOnlyList<AlertRuleStanding>> ListRulesAsync(CancellationToken cancel)
    {
        if (duty() is { } mine)
        {
            return [.. mine.Rules.Shells.Select(s => s.Standing).OrderBy(s => s.Rule.Name, StringComparer.OrdinalIgnoreCase)];
        }
        var saved = new List<AlertRuleStanding>();
        foreach (AlertRule rule in await store.ListRulesAsync(cancel))
        {
            saved.Add(await SavedAsync(rule, cancel));
        }
        return saved;
    }

    public async ValueTask EvaluateAsync(Guid ruleId, CancellationToken cancel)
    {
        if (Mine.Rules.Find(ruleId) is { } shell)
        {
            await shell.EvaluateAsync(cancel);
        }
    }

    public async ValueTask<bool> MuteAsync(Guid ruleId, RuleMute? mute, string by, CancellationToken cancel)
    {
        if (Mine.Rules.Find(ruleId) is not { } shell)
        {
            return false;
        }
        await shell.MuteAsync(mute, by, cancel);
        return true;
    }

    public async ValueTask<bool> AcknowledgeAsync(Guid ruleId, TagSet tags, Acknowledgement acknowledgement, CancellationToken cancel) =>
        Mine.Rules.Find(ruleId) is { } shell && await shell.AcknowledgeAsync(tags, acknowledgement, cancel);

    public async ValueTask<bool> ForgetAsync(Guid ruleId, TagSet tags, string by, CancellationToken cancel) =>
        Mine.Rules.Find(ruleId) is { } shell && await shell.ForgetAsync(tags, by, cancel);

    public ValueTask NotifyAsync(Guid channelId, IReadOnlyList<AlertNotice> notices, CancellationToken cancel) => Mine.Channels.NotifyAsync(channelId, notices, cancel);

    public ValueTask ReloadChannelAsync(Guid channelId, CancellationToken cancel) => duty() is { } mine ? mine.Channels.ReloadAsync(channelId, cancel) : ValueTask.CompletedTask;

    public ValueTask<SendOutcome?> SendTestAsync(Guid channelId, CancellationToken cancel) => Mine.Channels.SendTestAsync(channelId, cancel);

    public ValueTask<bool> ReplayAsync(Guid channelId, Guid messageId, string by, CancellationToken cancel) => Mine.Channels.ReplayAsync(channelId, messageId, by, cancel);

    private EvaluationDuty Mine => duty() ?? throw new StoreUnavailableException("This node stands by: ask the one that evaluates the rules.");

    private async Task<AlertRuleStanding> SavedAsync(AlertRule rule, CancellationToken cancel)
    {
        AlertRuleState state = await store.ReadRuleStateAsync(rule.Id, cancel) ?? AlertRuleState.New(rule.Id);
        return new AlertRuleStanding(rule, state, state.LastEvaluationMs, "");
    }
}
