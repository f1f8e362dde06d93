using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting.Cluster;
using MetricsGrains.Server.Cluster;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace MetricsGrains.Silo.Alerting;

/// <summary>The rules, channels and silos of the cluster as Orleans finds them.</summary>
internal sealed class OrleansAlertPeers(OrleansPeers peers, AlertServices services, IGrainFactory grains, ILocalSiloDetails local) : IAlertPeers
{
    private IGrains? _metrics;

    public SiloId Self { get; } = SiloNames.IdOf(local.SiloAddress);

    public IReadOnlyList<SiloId> Silos => peers.Silos;

    /// <param name="metrics">The way to metrics that waits for what this silo's log has.</param>
    public void Begin(IGrains metrics) => _metrics = metrics;

    public Task<long> TimeAsync(SiloId silo, CancellationToken cancel) => peers.TimeAsync(silo, cancel);

    public Task ReportAsync(SiloId silo, byte[] report, CancellationToken cancel) => At(silo).ReportAsync(Self.Value, report.AsImmutable());

    public async Task<byte[]> StandingsAsync(SiloId silo, CancellationToken cancel) => (await At(silo).StandingsAsync()).Value;

    public Task AwaitInStepAsync(SiloId silo, string metric, CancellationToken cancel) => silo == Self ? AwaitInStepHereAsync(metric, cancel) : At(silo).AwaitInStepAsync(metric).WaitAsync(cancel);

    /// <summary>A silo without alerting yet has nothing in its log that it did not bring to the grains.</summary>
    public async Task AwaitInStepHereAsync(string metric, CancellationToken cancel)
    {
        if (_metrics is { } metrics)
        {
            // The least of questions; whatever is asked, the answer waits for this log.
            await metrics.FlushEpochAsync(metric, cancel);
        }
    }

    public async Task<byte[]> AskRuleAsync(Guid ruleId, byte[] request, CancellationToken cancel) => (await grains.GetGrain<IAlertShell>(ruleId).AskAsync(request.AsImmutable()).WaitAsync(cancel)).Value;

    public async Task<byte[]> AskChannelAsync(Guid channelId, byte[] request, CancellationToken cancel) =>
        (await grains.GetGrain<IChannelShell>(channelId).AskAsync(request.AsImmutable()).WaitAsync(cancel)).Value;

    private IAlertService At(SiloId silo) => services.At(peers.AddressOf(silo));
}
