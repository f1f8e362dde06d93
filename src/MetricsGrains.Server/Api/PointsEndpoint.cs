using System.Buffers;
using MetricsGrains.Server.Composition;
using MetricsGrains.Server.Ingest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MetricsGrains.Server.Api;

/// <summary>POST /api/v1/points.</summary>
internal static class PointsEndpoint
{
    private const int MaxKeyLength = 255;

    public static void MapPoints(this IEndpointRouteBuilder endpoints, NodeRuntime node) =>
        endpoints.MapPost("/api/v1/points", (HttpContext context) => PostAsync(context, node));

    private static async Task PostAsync(HttpContext context, NodeRuntime node)
    {
        HttpRequest request = context.Request;
        string key = request.Headers["Idempotency-Key"].ToString();
        if (key.Length > MaxKeyLength)
        {
            await AnswerAsync(context, new PointsAnswer(400, 0, [], 0, $"Idempotency-Key: longer than {MaxKeyLength} characters"));
            return;
        }
        if (node.IsStopping)
        {
            await AnswerAsync(context, new PointsAnswer(503, 0, [], 0, "this node is stopping; send to another one, or again after the time in Retry-After"));
            return;
        }
        if (node.Ingest is not { } ingest)
        {
            // Not 503: trying again won't help.
            await AnswerAsync(context, new PointsAnswer(403, 0, [], 0, "this node is read-only (MetricsGrains:Store:ReadOnly): it shows what others take in; send to one of those"));
            return;
        }
        int limit = node.Options.Http.MaxBodyBytes;
        (BodyStatus status, byte[] body, int length) = await BodyReader.ReadAsync(request, limit, context.RequestAborted);
        try
        {
            await AnswerAsync(context, status switch
            {
                BodyStatus.Ok => await ingest.Points.TakeAsync(body.AsMemory(0, length), key),
                BodyStatus.TooLarge => new PointsAnswer(413, 0, [], 0, $"the body is larger than {limit} bytes when decompressed; send fewer points at once, or raise MetricsGrains:Http:MaxBodyBytes"),
                BodyStatus.UnknownEncoding => new PointsAnswer(415, 0, [], 0, $"Content-Encoding '{request.Headers.ContentEncoding}' is not known; use gzip, deflate, br or none"),
                _ => new PointsAnswer(400, 0, [], 0, $"the body can't be decompressed as {request.Headers.ContentEncoding}, or breaks off"),
            });
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    private static async Task AnswerAsync(HttpContext context, PointsAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        if (answer.Status is 429 or 503)
        {
            context.Response.Headers.RetryAfter = "1";
        }
        // What is not said is left out: the total only when the list is cut, the error only when there is one.
        var body = new Dictionary<string, object>
        {
            ["accepted"] = answer.Accepted,
            ["rejected"] = answer.Rejected.Select(r => new { index = r.Index, reason = r.Reason }),
        };
        if (answer.RejectedTotal > answer.Rejected.Count)
        {
            body["rejected_total"] = answer.RejectedTotal;
        }
        if (answer.Error is not null)
        {
            body["error"] = answer.Error;
        }
        await context.Response.WriteAsJsonAsync(body, context.RequestAborted);
    }
}
