using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Composition;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MetricsGrains.Server.Api;

/// <summary>Health for orchestrators, status for people.</summary>
internal static class StatusEndpoints
{
    /// <summary>Orchestrators wait a few seconds at most.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    public static void MapStatus(this IEndpointRouteBuilder endpoints, NodeRuntime node, Func<int> httpPort, TimeProvider time)
    {
        endpoints.MapGet("/health/live", () => Results.Json(new { status = "live" }));
        endpoints.MapGet("/health/ready", async (HttpContext context) =>
        {
            string? reason = node.IsStopping ? "stopping"
                : node.Ingest is not { } ingest ? await WhyUnreadableAsync(node.Store, time, context.RequestAborted)
                : ingest.Pipeline.Refusal is { } refusal ? "nothing is taken in: " + refusal
                : !ingest.Flush.StoreIsHealthy ? "the store does not take writes; ingest goes on into the log"
                : node.Alerting?.Problem is { } problem ? "the states of alerts can't be saved; evaluation goes on in memory: " + problem : null;
            // What somebody should look at, though it is no reason to send this node nothing any more.
            IReadOnlyList<string> warnings = node.Alerting is not { } alerting ? [] : alerting.StandBy is { } standBy ? [$"alerting stands by: {standBy}"] : alerting.Warnings;
            return Results.Json(new { status = reason is null ? "ready" : "not ready", reason, warnings }, statusCode: reason is null ? 200 : 503);
        });
        endpoints.MapAnswer("/api/v1/cluster", context => ClusterAsync(node, context.RequestAborted));
        endpoints.MapAnswer("/api/v1/status", context => StatusAsync(node, httpPort(), context.RequestAborted));
    }

    /// <summary>A read-only node is as good as its store: asked for nothing in particular, it must answer.</summary>
    private static async Task<string?> WhyUnreadableAsync(IRollupStore store, TimeProvider time, CancellationToken aborted)
    {
        using var patience = new CancellationTokenSource(s_patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, aborted);
        try
        {
            await store.ListMetricsAsync("", "", 1, either.Token);
            return null;
        }
        catch (Exception error) when (error is StoreUnavailableException or StoreConfigurationException)
        {
            return $"the store can't be read: {error.Message}";
        }
        catch (OperationCanceledException)
        {
            return "the store does not answer";
        }
    }

    private static async Task<IResult> ClusterAsync(NodeRuntime node, CancellationToken cancel)
    {
        if (node.Ingest?.Cluster is not { } view)
        {
            throw new ApiProblemException(404, "this node is no silo of a cluster; /api/v1/status tells of it alone");
        }
        ClusterSnapshot cluster = await view.LookAsync(cancel);
        return Results.Json(new
        {
            cluster_id = cluster.ClusterId,
            asked = cluster.Self,
            silos = cluster.Silos.Select(s => new
            {
                silo = s.Silo,
                status = s.Status.ToString().ToLowerInvariant(),
                answers = s.Report is not null,
                clock_off_ms = s.ClockOffMs,
                node = s.Report?.Node,
                version = s.Report?.Version,
                started_at = s.Report is { } r ? DateTimeOffset.FromUnixTimeMilliseconds(r.StartedMs) : (DateTimeOffset?)null,
                metrics = s.Report?.Metrics,
                series = s.Report?.Series,
                bytes = s.Report?.Bytes,
                samples_per_second = s.Report?.SamplesPerSecond,
                logs = s.Report?.Origins.Select(o => new { origin = o.Origin, logged = o.Logged, applied = o.Applied, metrics_behind = o.Behind, copy = o.Copy is { } copy ? new { silo = copy.Keeper, through = copy.Through } : null }),
                alert_rules = s.Report is { Rules: var rules } ? new { evaluated = rules.Rules, due = rules.Due, late = rules.Late, longest_wait_ms = rules.LatestMs } : null,
                hot_metrics = s.Report?.Hot.Select(m => new { name = m.Name, samples_per_second = m.SamplesPerSecond, series = m.Series }),
            }),
        });
    }

    private static async Task<IResult> StatusAsync(NodeRuntime node, int httpPort, CancellationToken cancel)
    {
        IngestRuntime? ingest = node.Ingest;
        LogStatus? log = ingest?.LogStatus;
        StoreStatus store = await node.Store.StatusAsync(cancel);
        return Results.Json(new
        {
            node = node.Options.NodeName,
            version = NodeVersion.Text,
            read_only = ingest is null,
            started_at = node.StartedAt,
            data_path = node.Options.DataPath,
            listeners = new { http = httpPort, statsd_udp = ingest?.UdpPort ?? -1, statsd_tcp = ingest?.TcpPort ?? -1 },
            queue_bytes = ingest?.Pipeline.QueuedBytes,
            log = log is { } l ? new { first_sequence = l.FirstSequence, next_sequence = l.NextSequence, durable_through = l.DurableThrough, bytes = l.Bytes, segments = l.Segments, corrupt_records = l.CorruptRecords } : null,
            store = new { description = store.Description, bytes = store.SizeBytes, rollups_1m = store.Rollups1m, raw_blocks = store.RawBlocks, series = store.SeriesCount, oldest = store.OldestMs, last_flush = ingest?.Flush.LastFlushMs },
        });
    }
}
