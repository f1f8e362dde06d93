using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Composition;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MetricsGrains.Server.Api;

/// <summary>Health for orchestrators, status for people.</summary>
internal static class StatusEndpoints
{
    public static void MapStatus(this IEndpointRouteBuilder endpoints, NodeRuntime node, Func<int> httpPort)
    {
        endpoints.MapGet("/health/live", () => Results.Json(new { status = "live" }));
        endpoints.MapGet("/health/ready", () =>
        {
            string? reason = node.IsStopping ? "stopping"
                : node.Pipeline.Refusal is { } refusal ? "nothing is taken in: " + refusal
                : node.Flush.StoreIsHealthy ? null : "the store does not take writes; ingest goes on into the log";
            return Results.Json(new { status = reason is null ? "ready" : "not ready", reason }, statusCode: reason is null ? 200 : 503);
        });
        endpoints.MapAnswer("/api/v1/status", context => StatusAsync(node, httpPort(), context.RequestAborted));
    }

    private static async Task<IResult> StatusAsync(NodeRuntime node, int httpPort, CancellationToken cancel)
    {
        LogStatus log = node.LogStatus;
        StoreStatus store = await node.Store.StatusAsync(cancel);
        return Results.Json(new
        {
            node = node.Options.NodeName,
            version = NodeVersion.Text,
            started_at = node.StartedAt,
            data_path = node.Options.DataPath,
            listeners = new { http = httpPort, statsd_udp = node.UdpPort, statsd_tcp = node.TcpPort },
            queue_bytes = node.Pipeline.QueuedBytes,
            log = new { first_sequence = log.FirstSequence, next_sequence = log.NextSequence, durable_through = log.DurableThrough, bytes = log.Bytes, segments = log.Segments, corrupt_records = log.CorruptRecords },
            store = new { description = store.Description, bytes = store.SizeBytes, rollups_1m = store.Rollups1m, raw_blocks = store.RawBlocks, series = store.SeriesCount, oldest = store.OldestMs, last_flush = node.Flush.LastFlushMs },
        });
    }
}
