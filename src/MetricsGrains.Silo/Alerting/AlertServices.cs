using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace MetricsGrains.Silo.Alerting;

/// <summary>The way to the alerting of each silo.</summary>
internal sealed class AlertServices(IServiceProvider services) : GrainServiceClient<IAlertService>(services)
{
    public IAlertService At(SiloAddress silo) => GetGrainService(silo);
}
