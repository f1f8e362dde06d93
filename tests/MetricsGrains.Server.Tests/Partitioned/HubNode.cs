using System.Collections.Concurrent;
using MetricsGrains.Core.Grains;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Options;
using MetricsGrains.Server.Partitioned;
using MetricsGrains.Server.Tests.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Partitioned;

/// <summary>A simulated silo's way to a hub.</summary>
internal sealed class HubNode(SimCluster cluster, SimSilo silo, InMemoryHub hub) : IDeadLetters
{
    public SimSilo Silo => silo;

    public ConcurrentDictionary<(string Origin, ulong Sequence), string> DeadLetters { get; } = [];

    public PartitionServices Services => field ??= new PartitionServices(
        hub, cluster.Store.Rows, cluster.Store.Rows, this, silo.Members, new SimPeers(cluster, silo), silo.Origins, new IngestMeters(),
        new GrainLimits(cluster.Options, new Dictionary<string, int>()), new FlushOptions { RawInterval = TimeSpan.FromSeconds(20) }, RawDetail.All, SimSilo.Timings, cluster.Time, NullLoggerFactory.Instance);

    public Task AddAsync(DeadLetter letter, CancellationToken cancel)
    {
        DeadLetters[(letter.Origin, letter.Sequence)] = letter.Reason;
        return Task.CompletedTask;
    }
}
