using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Tests.Alerting;

/// <summary>Shows the standings that a test puts in, and remembers what it was asked to do.</summary>
internal sealed class FakeAlertGrains : IAlertGrains
{
    public List<AlertRuleStanding> Standings { get; } = [];

    public List<string> Calls { get; } = [];

    public SendOutcome? TestOutcome { get; set; } = SendOutcome.Delivered("200 ok");

    public Exception? Failure { get; set; }

    /// <summary>Times the list was read.</summary>
    public int Reads { get; private set; }

    public void Put(AlertRule rule, params AlertInstance[] instances) => Put(new AlertRuleStanding(rule, AlertRuleState.New(rule.Id) with { Instances = instances }, Sample.Now, ""));

    public void Put(AlertRuleStanding standing)
    {
        Standings.RemoveAll(s => s.Rule.Id == standing.Rule.Id);
        Standings.Add(standing);
    }

    public ValueTask<IReadOnlyList<AlertRuleStanding>> ListRulesAsync(CancellationToken cancel)
    {
        Reads++;
        return Failure is null ? ValueTask.FromResult<IReadOnlyList<AlertRuleStanding>>([.. Standings]) : ValueTask.FromException<IReadOnlyList<AlertRuleStanding>>(Failure);
    }

    public ValueTask<AlertRuleStanding?> DescribeRuleAsync(Guid ruleId, CancellationToken cancel) => ValueTask.FromResult(Standings.FirstOrDefault(s => s.Rule.Id == ruleId));

    public ValueTask ReloadRuleAsync(Guid ruleId, CancellationToken cancel) => Did($"reload {ruleId}");

    public ValueTask EvaluateAsync(Guid ruleId, CancellationToken cancel) => Did($"evaluate {ruleId}");

    public ValueTask<bool> MuteAsync(Guid ruleId, RuleMute? mute, string by, CancellationToken cancel) => Done($"{(mute is null ? "unmute" : "mute")} {ruleId} {by}");

    public ValueTask<bool> AcknowledgeAsync(Guid ruleId, TagSet tags, Acknowledgement acknowledgement, CancellationToken cancel) => Done($"acknowledge {ruleId} {tags} {acknowledgement.By}");

    public ValueTask<bool> ForgetAsync(Guid ruleId, TagSet tags, string by, CancellationToken cancel) => Done($"forget {ruleId} {tags} {by}");

    public ValueTask NotifyAsync(Guid channelId, IReadOnlyList<AlertNotice> notices, CancellationToken cancel) => Did($"notify {channelId}");

    public ValueTask ReloadChannelAsync(Guid channelId, CancellationToken cancel) => Did($"reload channel {channelId}");

    public ValueTask<SendOutcome?> SendTestAsync(Guid channelId, CancellationToken cancel) => ValueTask.FromResult(TestOutcome);

    public ValueTask<bool> ReplayAsync(Guid channelId, Guid messageId, string by, CancellationToken cancel) => Done($"replay {messageId} {by}");

    private ValueTask Did(string call)
    {
        Calls.Add(call);
        return ValueTask.CompletedTask;
    }

    private ValueTask<bool> Done(string call)
    {
        Calls.Add(call);
        return ValueTask.FromResult(true);
    }
}
