using MetricsGrains.Server.Alerting.Cluster;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace MetricsGrains.Silo.Alerting;

/// <summary>Orleans' side of a rule's or channel's grain: decodes, delegates, encodes; keeps its state, and a reminder that wakes it.</summary>
internal abstract class AlertingGrain<TMember>(IPersistentState<StateBytes> state, AlertSeat seat, ILogger logger) : Grain
    where TMember : class, IAlertMember
{
    private GrainReminder? _reminder;
    private TMember? _member;

    /// <summary>Set once it is active.</summary>
    protected TMember Member => _member!;

    /// <summary>Whether the reminder is wanted now, and how long from now until its first tick if it is new.</summary>
    protected abstract (bool IsWanted, TimeSpan Due) Reminder { get; }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        AlertMembers members = await seat.MembersAsync(cancellationToken);
        TaskScheduler turns = TaskScheduler.Current;
        (string purpose, TimeSpan period) = ReminderOf(members);
        _reminder = new GrainReminder(this, GrainReminder.NameOf(purpose, period), period, logger);
        var stored = new OrleansState(state, turns, DeactivateOnIdle);
        _member = await ActivateAsync(members, stored, () => Task.Factory.StartNew(DeactivateOnIdle, CancellationToken.None, TaskCreationOptions.DenyChildAttach, turns), cancellationToken);
        Arrange();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _member?.CloseAsync() ?? Task.CompletedTask;

    public async Task<Immutable<byte[]>> AskAsync(Immutable<byte[]> request)
    {
        byte[] reply = await Member.AskAsync(request.Value, CancellationToken.None);
        Arrange();
        return reply.AsImmutable();
    }

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        Woken();
        Arrange(reminderName);
        return Task.CompletedTask;
    }

    protected abstract (string Purpose, TimeSpan Period) ReminderOf(AlertMembers members);

    /// <param name="end">Ends the activation, from wherever it is called.</param>
    protected abstract Task<TMember> ActivateAsync(AlertMembers members, IFencedState stored, Action end, CancellationToken cancel);

    /// <summary>Its reminder has come. What is begun is not waited for: the reminder's turn must not wait for the store.</summary>
    protected abstract void Woken();

    private void Arrange(string? woken = null)
    {
        (bool isWanted, TimeSpan due) = Reminder;
        _ = _reminder!.ArrangeAsync(isWanted, due, woken);
        if (!Member.Exists)
        {
            DeactivateOnIdle();
        }
    }
}
