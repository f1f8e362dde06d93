using MetricsGrains.Server.Alerting.Cluster;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace MetricsGrains.Silo.Alerting;

/// <summary>
/// Orleans' side of a channel's grain; has it look twice a second at what is due, and its reminder brings it back when its silo is lost. Reentrant, for what it
/// wraps guards itself: a receiver that hangs must not keep alerts from being noted.
/// </summary>
[GrainType("channel")]
[AlertPlacement]
[KeepAlive]
[Reentrant]
internal sealed class ChannelShell([PersistentState(ChannelShell.StateName)] IPersistentState<StateBytes> state, AlertSeat seat, ILogger<ChannelShell> logger)
    : AlertingGrain<ChannelMember>(state, seat, logger), IChannelShell
{
    public const string StateName = "channel";

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_wake = TimeSpan.FromMinutes(1);

    protected override (bool IsWanted, TimeSpan Due) Reminder => (Member.Exists, s_wake);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        this.RegisterGrainTimer(
            _ =>
            {
                Member.Look();
                return Task.CompletedTask;
            }, new GrainTimerCreationOptions(s_look, s_look) { Interleave = true });
    }

    protected override (string Purpose, TimeSpan Period) ReminderOf(AlertMembers members) => ("deliver", s_wake);

    protected override Task<ChannelMember> ActivateAsync(AlertMembers members, IFencedState stored, Action end, CancellationToken cancel) =>
        members.ActivateChannelAsync(this.GetPrimaryKey(), stored, end, cancel);

    protected override void Woken()
    {
        // That it is active is all that is needed: its timer does the rest.
    }
}
