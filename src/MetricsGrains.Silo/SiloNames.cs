using MetricsGrains.Server.Cluster;
using Orleans.Runtime;

namespace MetricsGrains.Silo;

/// <summary>Orleans' name of a silo and ours.</summary>
internal static class SiloNames
{
    private static readonly GrainType s_metric = GrainType.Create("metric");

    /// <summary>A metric's grain. Not by its key as a string: Orleans refuses those of blanks alone, which are names like any other.</summary>
    public static GrainId GrainOf(string metric) => GrainId.Create(s_metric, IdSpan.Create(metric));

    public static SiloId IdOf(SiloAddress silo) => new($"{silo.Endpoint}@{silo.Generation}");

    /// <summary>Where <see cref="Rendezvous"/> puts a grain, by its key.</summary>
    /// <param name="silos">At least one.</param>
    public static SiloAddress HomeOf(GrainId grain, SiloAddress[] silos)
    {
        SiloId[] ids = Array.ConvertAll(silos, IdOf);
        return silos[Array.IndexOf(ids, Rendezvous.HomeOf(Core.Model.StableHash.Of(grain.Key.ToString()!), ids))];
    }
}
