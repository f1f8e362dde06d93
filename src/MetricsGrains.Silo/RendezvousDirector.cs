using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace MetricsGrains.Silo;

/// <summary>Computes a metric's silo from those that are up.</summary>
internal sealed class RendezvousDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context) =>
        Task.FromResult(SiloNames.HomeOf(target.GrainIdentity, context.GetCompatibleSilos(target)));
}
