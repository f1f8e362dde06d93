using MetricsGrains.Server.Alerting.Cluster;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace MetricsGrains.Silo.Alerting;

/// <summary>
/// Orleans' side of a rule's grain, whose reminder comes at the rule's turns. Reentrant, for what it wraps guards itself: an evaluation that waits for the
/// store must not hold up whoever asks how the rule stands.
/// </summary>
[GrainType("alert")]
[AlertPlacement]
[KeepAlive]
[Reentrant]
internal sealed class AlertShell([PersistentState(AlertShell.StateName)] IPersistentState<StateBytes> state, AlertSeat seat, ILogger<AlertShell> logger)
    : AlertingGrain<RuleMember>(state, seat, logger), IAlertShell
{
    /// <summary>Channels' ids may be the same, so it must not be theirs.</summary>
    public const string StateName = "alert";

    protected override (bool IsWanted, TimeSpan Due) Reminder => (Member.IsEvaluated, Member.UntilTurn());

    protected override (string Purpose, TimeSpan Period) ReminderOf(AlertMembers members) => ("evaluate", members.Parts.Options.EvaluationInterval);

    protected override Task<RuleMember> ActivateAsync(AlertMembers members, IFencedState stored, Action end, CancellationToken cancel) =>
        members.ActivateRuleAsync(this.GetPrimaryKey(), stored, end, cancel);

    protected override void Woken() => Member.Wake();
}
