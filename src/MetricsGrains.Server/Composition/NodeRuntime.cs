using MetricsGrains.Core.Ports;
using MetricsGrains.Query;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Options;
using MetricsGrains.Server.Telemetry;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Composition;

/// <summary>Everything of a node but its web server: its store and the way to ask it, and, unless it is read-only, all by which samples get there.</summary>
public sealed class NodeRuntime : IAsyncDisposable
{
    /// <summary>Through the store alone a sample is seen once its minute is over and written: it is 75 seconds old then, at most, where all is well.</summary>
    private const long StoreStaleMs = 90_000;

    private readonly NodeParts _parts;
    private volatile bool _stopping;

    private NodeRuntime(NodeParts parts, IngestRuntime? ingest, AlertingRuntime? alerting)
    {
        _parts = parts;
        Ingest = ingest;
        Alerting = alerting;
        Queries = ingest is null
            ? new MetricQueries(new NoGrains(), parts.Store, parts.Store, parts.Time, StoreStaleMs)
            : new MetricQueries(ingest.Grains, parts.Store, parts.Store, parts.Time);
        StartedAt = parts.Time.GetUtcNow();
        parts.Meters.Observe("metricsgrains.process.cpu", "{cpu}", "Processor cores this process keeps busy", new CpuUse(parts.Time).Read);
    }

    public NodeOptions Options => _parts.Options;

    public IMetricStore Store => _parts.Store;

    public IngestMeters Meters => _parts.Meters;

    public SelfMetrics Self => _parts.Self;

    public AnnotationLog Annotations => _parts.Annotations;

    public MetricQueries Queries { get; }

    /// <summary>Null on a read-only node.</summary>
    public IngestRuntime? Ingest { get; }

    /// <summary>Null on a read-only node: rules are evaluated where samples are taken in.</summary>
    public AlertingRuntime? Alerting { get; }

    public DateTimeOffset StartedAt { get; }

    /// <summary>Whether it is on its way out, and takes no new requests for samples.</summary>
    public bool IsStopping => _stopping;

    /// <exception cref="StoreConfigurationException">The store can't be used as configured.</exception>
    /// <exception cref="StoreUnavailableException">The store does not answer. Without its cursors nothing can be replayed, so there is no start.</exception>
    /// <exception cref="IOException">The data folder or log can't be used; or a port is taken.</exception>
    public static async Task<NodeRuntime> StartAsync(NodeOptions options, IGrainHosting hosting, TimeProvider time, ILoggerFactory loggers, CancellationToken cancel)
    {
        var parts = NodeParts.Create(options, hosting, time, loggers);
        IngestRuntime? ingest = null;
        try
        {
            if (options.ReadOnly)
            {
                await parts.Store.OpenAsync(cancel);
                return new NodeRuntime(parts, null, null);
            }
            ingest = await IngestRuntime.StartAsync(parts, cancel);
            return new NodeRuntime(parts, ingest, await AlertingRuntime.StartAsync(parts, ingest, cancel));
        }
        catch
        {
            await (ingest?.DisposeAsync() ?? ValueTask.CompletedTask);
            await parts.DisposeAsync();
            throw;
        }
    }

    /// <summary>From now on the node says it is not ready; it still takes what comes.</summary>
    public void AnnounceStop() => _stopping = true;

    /// <summary>Stops taking samples in, finishes what is under way, and writes everything to the store.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        if (Alerting is not null)
        {
            await Alerting.DisposeAsync();
        }
        if (Ingest is not null)
        {
            await Ingest.DisposeAsync();
        }
        await _parts.DisposeAsync();
    }
}
