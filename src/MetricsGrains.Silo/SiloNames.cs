using MetricsGrains.Server.Cluster;
using Orleans.Runtime;

namespace MetricsGrains.Silo;

/// <summary>Orleans' name of a silo and ours.</summary>
internal static class SiloNames
{
    public static SiloId IdOf(SiloAddress silo) => new($"{silo.Endpoint}@{silo.Generation}");

    /// <summary>Where <see cref="Rendezvous"/> puts a grain, by its key.</summary>
    /// <param name="silos">At least one.</param>
    public static SiloAddress HomeOf(GrainId grain, SiloAddress[] silos)
    {
        SiloId[] ids = Array.ConvertAll(silos, IdOf);
        return silos[Array.IndexOf(ids, Rendezvous.HomeOf(Core.Model.StableHash.Of(grain.Key.ToString()!), ids))];
    }
}
