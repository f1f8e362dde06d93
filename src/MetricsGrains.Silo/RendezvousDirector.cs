using System.Text;
using MetricsGrains.Server.Cluster;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace MetricsGrains.Silo;

/// <summary>Computes a metric's silo from those that are up.</summary>
internal sealed class RendezvousDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] silos = context.GetCompatibleSilos(target);
        SiloId[] ids = Array.ConvertAll(silos, SiloNames.IdOf);
        ulong hash = Core.Model.StableHash.Of(Encoding.UTF8.GetBytes(target.GrainIdentity.Key.ToString()!));
        SiloId home = Rendezvous.HomeOf(hash, ids);
        return Task.FromResult(silos[Array.IndexOf(ids, home)]);
    }
}
