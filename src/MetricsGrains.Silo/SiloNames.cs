using MetricsGrains.Server.Cluster;
using Orleans.Runtime;

namespace MetricsGrains.Silo;

/// <summary>Orleans' name of a silo and ours.</summary>
internal static class SiloNames
{
    public static SiloId IdOf(SiloAddress silo) => new($"{silo.Endpoint}@{silo.Generation}");
}
