using MetricsGrains.Server.Alerting.Cluster;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace MetricsGrains.Silo.Alerting;

/// <summary>
/// Orleans' side of a rule's grain: decodes, delegates, encodes; keeps its state, and the reminder that wakes it at its turns. Reentrant, for what it wraps
/// guards itself: an evaluation that waits for the store must not hold up whoever asks how the rule stands.
/// </summary>
[GrainType("alert")]
[AlertPlacement]
[KeepAlive]
[Reentrant]
internal sealed class AlertShell([PersistentState(AlertShell.StateName)] IPersistentState<StateBytes> state, AlertSeat seat, ILogger<AlertShell> logger) : Grain, IAlertShell
{
    /// <summary>Channels' ids may be the same, so it must not be theirs.</summary>
    public const string StateName = "alert";

    private GrainReminder? _reminder;
    private RuleMember? _member;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        AlertMembers members = await seat.MembersAsync(cancellationToken);
        _reminder = new GrainReminder(this, GrainReminder.NameOf("evaluate", members.Parts.Options.EvaluationInterval), members.Parts.Options.EvaluationInterval, logger);
        _member = await members.ActivateRuleAsync(this.GetPrimaryKey(), new OrleansState(state, TaskScheduler.Current, DeactivateOnIdle), Ender(), cancellationToken);
        Arrange();
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_member is { } member)
        {
            try
            {
                await member.CloseAsync();
            }
            finally
            {
                (await seat.MembersAsync(cancellationToken)).Remove(member);
            }
        }
    }

    public async Task<Immutable<byte[]>> AskAsync(Immutable<byte[]> request)
    {
        byte[] reply = await _member!.AskAsync(request.Value, CancellationToken.None);
        Arrange();
        return reply.AsImmutable();
    }

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        // Not waited for: the reminder's turn must not wait for the store.
        _member!.Wake();
        Arrange(reminderName);
        return Task.CompletedTask;
    }

    private void Arrange(string? woken = null)
    {
        _ = _reminder!.ArrangeAsync(_member!.IsEvaluated, _member.UntilTurn(), woken);
        if (_member.Shell is null)
        {
            DeactivateOnIdle();
        }
    }

    private Action Ender()
    {
        TaskScheduler turns = TaskScheduler.Current;
        return () => Task.Factory.StartNew(DeactivateOnIdle, CancellationToken.None, TaskCreationOptions.DenyChildAttach, turns);
    }
}
