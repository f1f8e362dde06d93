using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Options;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Partitioned;

/// <summary>What the consumers of a silo share.</summary>
public sealed record PartitionServices(
    IPartitionedHub Hub, IRollupStore Rollups, IRawStore Raw, IDeadLetters DeadLetters, MemberHost Members, IClusterPeers Peers, OriginSet Origins, IngestMeters Meters,
    GrainLimits Limits, FlushOptions Flush, RawDetail Detail, ClusterTimings Timings, TimeProvider Time, ILoggerFactory Loggers);
