using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Options;

namespace MetricsGrains.Server.Partitioned;

/// <summary>A hub instead of this silo's own log: what it takes in goes there, and it reads its share of the partitions. The own log stays, for what is in it from before.</summary>
public sealed class HubIntake : IAsyncDisposable
{
    private readonly IPartitionedHub _hub;
    private readonly HubIngestLog _log;
    private readonly HubConsumers _consumers;

    private HubIntake(IPartitionedHub hub, HubIngestLog log, HubConsumers consumers)
    {
        _hub = hub;
        _log = log;
        _consumers = consumers;
    }

    /// <summary>Where batches go that are taken in.</summary>
    public IIngestLog Log => _log;

    /// <param name="hub">Owned from now on.</param>
    /// <exception cref="IOException">The hub does not answer.</exception>
    public static async Task<HubIntake> StartAsync(IPartitionedHub hub, GrainHostStart start, MemberHost members, IClusterPeers peers, OriginSet origins, SiloId self, CancellationToken cancel)
    {
        try
        {
            HubIngestLog log = await HubIngestLog.OpenAsync(hub, start.Time, cancel);
            NodeOptions options = start.Options;
            var services = new PartitionServices(
                hub, start.Store, start.Store, new DeadLetterFolder(Path.Combine(options.DataPath, "dead-letters")), members, peers, origins, start.Meters,
                options.Grains, options.Flush, options.RawDetail, new ClusterTimings(), start.Time, start.Loggers);
            var consumers = new HubConsumers(services, self);
            consumers.Start();
            return new HubIntake(hub, log, consumers);
        }
        catch (HubUnavailableException error)
        {
            await hub.DisposeAsync();
            throw new IOException(error.Message, error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync();
        await _consumers.DisposeAsync();
        await _hub.DisposeAsync();
    }
}
