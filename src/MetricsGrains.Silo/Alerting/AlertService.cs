using MetricsGrains.Server.Alerting.Cluster;
using MetricsGrains.Server.Cluster;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace MetricsGrains.Silo.Alerting;

/// <summary>Answers the other silos for this one's alerting.</summary>
[Reentrant]
internal sealed class AlertService(AlertSeat seat, OrleansAlertPeers peers, GrainId grainId, Orleans.Runtime.Silo silo, ILoggerFactory loggers) : GrainService(grainId, silo, loggers), IAlertService
{
    public Task ReportAsync(string from, Immutable<byte[]> report)
    {
        seat.Alerting?.Reports.Take(new SiloId(from), AlertingReport.Decode(report.Value));
        return Task.CompletedTask;
    }

    public Task<Immutable<byte[]>> StandingsAsync() => Task.FromResult(AlertWire.Encode(seat.Alerting?.Members.Standings() ?? []).AsImmutable());

    public Task AwaitInStepAsync(string metric) => peers.AwaitInStepHereAsync(metric, CancellationToken.None);
}
