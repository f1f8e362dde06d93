using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Wire;
using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Tests.Cluster;

/// <summary>One silo's view of a simulated cluster, over a network that loses calls, loses answers and delays both.</summary>
internal sealed class SimPeers(SimCluster cluster, SimSilo self) : IClusterPeers
{
    public IReadOnlyList<SiloId> Silos => [.. cluster.Up.Select(s => s.Id)];

    public SiloId HomeOf(ulong metricHash) => Rendezvous.HomeOf(metricHash, Silos);

    public async Task<byte[]> DispatchAsync(SiloId silo, byte[] dispatch, CancellationToken cancel)
    {
        await TravelAsync(silo);
        byte[] answers = await SiloIntake.HandleAsync(dispatch, async (metric, origin, completeFromMs, group) =>
            await (await cluster.FindAsync(metric)).HandleAsync(origin, completeFromMs, group, cluster.Time.NowMs));
        return cluster.Chance(3) ? throw new TimeoutException("the answer was lost") : answers;
    }

    public async Task<IReadOnlyList<Holding>> HoldingsAsync(SiloId silo, string origin, TimeSpan mostLookback, CancellationToken cancel) =>
        await (await TravelAsync(silo)).Members.HoldingsAsync(origin, mostLookback);

    public async Task<IReadOnlyList<OriginHolding>> AnnounceAsync(SiloId silo, IReadOnlyList<NewActivation> activations, CancellationToken cancel) =>
        NewActivationCodec.DecodeAnswer(NewActivationCodec.EncodeAnswer((await TravelAsync(silo)).Origins.Announced(NewActivationCodec.Decode(NewActivationCodec.Encode(activations)))));

    public async Task<byte[]> AskAsync(string metric, byte[] question, CancellationToken cancel)
    {
        SimMember asked = await cluster.FindAsync(metric);
        return await asked.RunAsync(member => asked.Silo.Members.Answer(member, question, cluster.Time.NowMs));
    }

    public async Task<IReadOnlyList<MetricSummary>> ListAsync(SiloId silo, string contains, string after, int limit, CancellationToken cancel) =>
        await (await TravelAsync(silo)).Members.ListAsync(contains, after, limit);

    public Task<CopyAnswer> CopyAsync(SiloId silo, CopyRequest request, CancellationToken cancel) => throw new NotSupportedException("simulated silos keep no copies of logs");

    public Task DropCopiesAsync(SiloId silo, string origin, ulong below, CancellationToken cancel) => throw new NotSupportedException("simulated silos keep no copies of logs");

    private async Task<SimSilo> TravelAsync(SiloId silo)
    {
        if (cluster.Chance(10))
        {
            await Task.Delay(cluster.Next(cluster.Chance(5) ? 500 : 15));
        }
        SimSilo? target = cluster.Up.FirstOrDefault(s => s.Id == silo);
        return target is null || !self.IsUp || cluster.Chance(3) ? throw new TimeoutException("the call was lost") : target;
    }
}
