using MetricsGrains.Server.Cluster;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace MetricsGrains.Silo.Alerting;

/// <summary>Computes the silo of a rule or channel. One that still replays its log, or is leaving, gets none.</summary>
internal sealed class AlertDirector(AlertSeat seat) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] silos = context.GetCompatibleSilos(target);
        HashSet<SiloId> ready = [.. seat.Alerting?.Reports.Ready ?? []];
        SiloAddress[] able = [.. silos.Where(s => ready.Contains(SiloNames.IdOf(s)))];
        return Task.FromResult(SiloNames.HomeOf(target.GrainIdentity, able.Length > 0 ? able : silos));
    }
}
