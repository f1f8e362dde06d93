using MetricsGrains.Server.Cluster;
using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace MetricsGrains.Silo;

/// <summary>The way to the service of each silo.</summary>
internal sealed class SiloServices(IServiceProvider services) : GrainServiceClient<ISiloService>(services)
{
    public ISiloService At(SiloAddress silo) => GetGrainService(silo);
}
