using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Options;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Hosting;

/// <summary>Where grains live: what makes a node of one machine differ from a silo.</summary>
public interface IGrainHosting
{
    /// <summary>Begins to host grains, or joins those that do. The log is open and not replayed yet.</summary>
    /// <exception cref="IOException">A port is taken, or the cluster can't be reached; the message says what to do.</exception>
    Task<IGrainHost> StartAsync(GrainHostStart start, CancellationToken cancel);
}

/// <summary>What a host is started with.</summary>
/// <param name="Origin">The log's name, as cursors know it.</param>
/// <param name="Cursors">All of the store.</param>
/// <param name="CompleteFromMs">From this event time on the log is complete; long.MinValue when nothing was ever deleted of it.</param>
/// <param name="IsCut">The log lacks records that it did not let go of itself.</param>
public sealed record GrainHostStart(NodeOptions Options, IRecordLog Log, string Origin, IReadOnlyList<FlushCursor> Cursors, long CompleteFromMs, bool IsCut, IMetricStore Store, TimeProvider Time, ILoggerFactory Loggers, IngestMeters Meters);
