using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Ports;

/// <summary>A rule and where its instances stand.</summary>
/// <param name="LastEvaluationMs">Unix ms; 0: not evaluated since it was activated.</param>
/// <param name="Problem">Why the last evaluation failed, what it could not see, or which channel is missing; empty when there is nothing to say.</param>
public sealed record AlertRuleStanding(AlertRule Rule, AlertRuleState State, long LastEvaluationMs, string Problem)
{
    /// <summary>Nothing was ever received under the metric's name: nothing is wrong with the rule, it waits for the first sample.</summary>
    public bool IsWaiting => Problem == WaitingProblem(Rule);

    /// <summary><see cref="Problem"/> of a rule that waits for the first sample.</summary>
    public static string WaitingProblem(AlertRule rule) => $"there is no metric named '{rule.MetricName}' yet";
}

/// <summary>
/// The way to alert rules and channels, whichever host runs their grains. Arguments and answers are values; any call may be answered by
/// another process. Rules, channels and silences are edited through <see cref="IAlertStore"/>; a grain is told of the edit here.
/// </summary>
public interface IAlertGrains
{
    /// <summary>The rule was created, edited or deleted: its grain reads it anew. A deleted or disabled rule's alerts end and are told so.</summary>
    ValueTask ReloadRuleAsync(Guid ruleId, CancellationToken cancel);

    /// <returns>Null: no such rule.</returns>
    ValueTask<AlertRuleStanding?> DescribeRuleAsync(Guid ruleId, CancellationToken cancel);

    /// <summary>All rules, by name.</summary>
    ValueTask<IReadOnlyList<AlertRuleStanding>> ListRulesAsync(CancellationToken cancel);

    /// <summary>Evaluates now rather than at the rule's next turn.</summary>
    ValueTask EvaluateAsync(Guid ruleId, CancellationToken cancel);

    /// <param name="mute">Null ends a mute.</param>
    ValueTask<bool> MuteAsync(Guid ruleId, RuleMute? mute, string by, CancellationToken cancel);

    /// <returns>False: no such instance, or it does not fire.</returns>
    ValueTask<bool> AcknowledgeAsync(Guid ruleId, TagSet tags, Acknowledgement acknowledgement, CancellationToken cancel);

    /// <summary>Forgets a group that will not come back; an alert of it ends.</summary>
    ValueTask<bool> ForgetAsync(Guid ruleId, TagSet tags, string by, CancellationToken cancel);

    /// <summary>Hands notices to a channel's grain. Safe to repeat.</summary>
    ValueTask NotifyAsync(Guid channelId, IReadOnlyList<AlertNotice> notices, CancellationToken cancel);

    /// <summary>The channel was created, edited or deleted.</summary>
    ValueTask ReloadChannelAsync(Guid channelId, CancellationToken cancel);

    /// <summary>Sends a test message at once, around groups, limits and outbox.</summary>
    /// <returns>Null: no such channel.</returns>
    ValueTask<SendOutcome?> SendTestAsync(Guid channelId, CancellationToken cancel);

    /// <summary>Sends a given-up message again.</summary>
    ValueTask<bool> ReplayAsync(Guid channelId, Guid messageId, string by, CancellationToken cancel);
}
