using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>All rules and channels in this process.</summary>
internal sealed class AlertHost(RuleHost rules, ChannelHost channels) : IAlertGrains
{
    public async ValueTask ReloadRuleAsync(Guid ruleId, CancellationToken cancel) => await rules.ReloadAsync(ruleId, cancel);

    public ValueTask<AlertRuleStanding?> DescribeRuleAsync(Guid ruleId, CancellationToken cancel) => new(rules.Find(ruleId)?.Standing);

    public ValueTask<IReadOnlyList<AlertRuleStanding>> ListRulesAsync(CancellationToken cancel) =>
        new([.. rules.Shells.Select(s => s.Standing).OrderBy(s => s.Rule.Name, StringComparer.OrdinalIgnoreCase)]);

    public async ValueTask EvaluateAsync(Guid ruleId, CancellationToken cancel)
    {
        if (rules.Find(ruleId) is { } shell)
        {
            await shell.EvaluateAsync(cancel);
        }
    }

    public async ValueTask<bool> MuteAsync(Guid ruleId, RuleMute? mute, string by, CancellationToken cancel)
    {
        if (rules.Find(ruleId) is not { } shell)
        {
            return false;
        }
        await shell.MuteAsync(mute, by, cancel);
        return true;
    }

    public async ValueTask<bool> AcknowledgeAsync(Guid ruleId, TagSet tags, Acknowledgement acknowledgement, CancellationToken cancel) =>
        rules.Find(ruleId) is { } shell && await shell.AcknowledgeAsync(tags, acknowledgement, cancel);

    public async ValueTask<bool> ForgetAsync(Guid ruleId, TagSet tags, string by, CancellationToken cancel) =>
        rules.Find(ruleId) is { } shell && await shell.ForgetAsync(tags, by, cancel);

    public ValueTask NotifyAsync(Guid channelId, IReadOnlyList<AlertNotice> notices, CancellationToken cancel) => channels.NotifyAsync(channelId, notices, cancel);

    public ValueTask ReloadChannelAsync(Guid channelId, CancellationToken cancel) => channels.ReloadAsync(channelId, cancel);

    public ValueTask<SendOutcome?> SendTestAsync(Guid channelId, CancellationToken cancel) => channels.SendTestAsync(channelId, cancel);

    public ValueTask<bool> ReplayAsync(Guid channelId, Guid messageId, string by, CancellationToken cancel) => channels.ReplayAsync(channelId, messageId, by, cancel);
}
