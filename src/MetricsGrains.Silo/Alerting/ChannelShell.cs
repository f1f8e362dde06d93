using MetricsGrains.Server.Alerting.Cluster;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace MetricsGrains.Silo.Alerting;

/// <summary>
/// Orleans' side of a channel's grain: decodes, delegates, encodes; keeps its state; has it look twice a second at what is due, and a reminder that brings it
/// back when its silo is lost. Reentrant, for what it wraps guards itself: a receiver that hangs must not keep alerts from being noted.
/// </summary>
[GrainType("channel")]
[AlertPlacement]
[KeepAlive]
[Reentrant]
internal sealed class ChannelShell([PersistentState(ChannelShell.StateName)] IPersistentState<StateBytes> state, AlertSeat seat, ILogger<ChannelShell> logger) : Grain, IChannelShell
{
    public const string StateName = "channel";

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_wake = TimeSpan.FromMinutes(1);

    private GrainReminder? _reminder;
    private ChannelMember? _member;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        AlertMembers members = await seat.MembersAsync(cancellationToken);
        _reminder = new GrainReminder(this, GrainReminder.NameOf("deliver", s_wake), s_wake, logger);
        TaskScheduler turns = TaskScheduler.Current;
        _member = await members.ActivateChannelAsync(
            this.GetPrimaryKey(), new OrleansState(state, turns, DeactivateOnIdle),
            () => Task.Factory.StartNew(DeactivateOnIdle, CancellationToken.None, TaskCreationOptions.DenyChildAttach, turns), cancellationToken);
        this.RegisterGrainTimer(
            _ =>
            {
                _member.Look();
                return Task.CompletedTask;
            }, new GrainTimerCreationOptions(s_look, s_look) { Interleave = true });
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
        // That it is active is all that is needed: its timer does the rest.
        Arrange(reminderName);
        return Task.CompletedTask;
    }

    private void Arrange(string? woken = null)
    {
        _ = _reminder!.ArrangeAsync(_member!.Shell is not null, s_wake, woken);
        if (_member.Shell is null)
        {
            DeactivateOnIdle();
        }
    }
}
