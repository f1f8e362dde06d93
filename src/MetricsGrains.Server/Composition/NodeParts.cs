using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Options;
using MetricsGrains.Server.Telemetry;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Composition;

/// <summary>What every node has, whether it takes samples in or not.</summary>
internal sealed record NodeParts(NodeOptions Options, IGrainHosting Hosting, IMetricStore Store, IngestMeters Meters, SelfMetrics Self, AnnotationLog Annotations, TimeProvider Time, ILoggerFactory Loggers) : IAsyncDisposable
{
    public static NodeParts Create(NodeOptions options, IGrainHosting hosting, TimeProvider time, ILoggerFactory loggers)
    {
        IMetricStore store = StoreFactory.Create(options, time);
        var meters = new IngestMeters();
        return new NodeParts(
            options, hosting, store, meters, new SelfMetrics(meters, options.NodeName, time), new AnnotationLog(store, meters, time, loggers.CreateLogger<AnnotationLog>()), time, loggers);
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Self.Dispose();
        Meters.Dispose();
    }
}
