using System.Collections.Immutable;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Wire;
using MetricsGrains.Server.Cluster;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace MetricsGrains.Silo;

/// <summary>The silos of the cluster as Orleans' membership knows them.</summary>
internal sealed class OrleansPeers(IClusterMembershipService membership, SiloServices services, IGrainFactory grains) : IClusterPeers
{
    private View _view = new(new MembershipVersion(long.MinValue), [], []);

    public IReadOnlyList<SiloId> Silos => Current().Ids;

    public SiloId HomeOf(ulong metricHash) => Rendezvous.HomeOf(metricHash, Current().Ids);

    public async Task<byte[]> DispatchAsync(SiloId silo, byte[] dispatch, CancellationToken cancel) => (await At(silo).DispatchAsync(dispatch.AsImmutable())).Value;

    public async Task<IReadOnlyList<Holding>> HoldingsAsync(SiloId silo, string origin, TimeSpan mostLookback, CancellationToken cancel) =>
        HoldingsFormat.Decode((await At(silo).HoldingsAsync(origin, mostLookback)).Value);

    public async Task<IReadOnlyList<OriginHolding>> AnnounceAsync(SiloId silo, IReadOnlyList<NewActivation> activations, CancellationToken cancel) =>
        NewActivationCodec.DecodeAnswer((await At(silo).AnnounceAsync(NewActivationCodec.Encode(activations).AsImmutable())).Value);

    public async Task<CopyAnswer> CopyAsync(SiloId silo, CopyRequest request, CancellationToken cancel) =>
        CopyCodec.DecodeAnswer((await At(silo).CopyAsync(CopyCodec.Encode(request).AsImmutable())).Value);

    public Task DropCopiesAsync(SiloId silo, string origin, ulong below, CancellationToken cancel) => At(silo).DropCopiesAsync(origin, below);

    public async Task<byte[]> AskAsync(string metric, byte[] question, CancellationToken cancel) =>
        (await grains.GetGrain<IMetricShell>(SiloNames.GrainOf(metric)).AskAsync(question.AsImmutable()).AsTask().WaitAsync(cancel)).Value;

    public async Task<IReadOnlyList<MetricSummary>> ListAsync(SiloId silo, string contains, string after, int limit, CancellationToken cancel) =>
        MetricSummaryCodec.DecodeList((await At(silo).ListAsync(contains, after, limit).WaitAsync(cancel)).Value);

    /// <summary>What a silo's clock shows, Unix ms.</summary>
    public Task<long> TimeAsync(SiloId silo, CancellationToken cancel) => At(silo).TimeAsync().WaitAsync(cancel);

    /// <exception cref="SiloUnavailableException">It is not up.</exception>
    public SiloAddress AddressOf(SiloId silo) => Current().Addresses.TryGetValue(silo, out SiloAddress? address) ? address : throw new SiloUnavailableException($"silo {silo} is not up");

    private ISiloService At(SiloId silo) => services.At(AddressOf(silo));

    private View Current()
    {
        View view = Volatile.Read(ref _view);
        ClusterMembershipSnapshot snapshot = membership.CurrentSnapshot;
        if (view.Version == snapshot.Version)
        {
            return view;
        }
        Dictionary<SiloId, SiloAddress> addresses = snapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).ToDictionary(m => SiloNames.IdOf(m.SiloAddress), m => m.SiloAddress);
        SiloId[] ids = [.. addresses.Keys.OrderBy(i => i.Value, StringComparer.Ordinal)];
        view = new View(snapshot.Version, ids, addresses);
        Volatile.Write(ref _view, view);
        return view;
    }

    private sealed record View(MembershipVersion Version, SiloId[] Ids, Dictionary<SiloId, SiloAddress> Addresses);
}
