using System.Collections.Concurrent;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Ingest;

/// <summary>Takes bodies of JSON points in and says what became of each point. Answers only when what it took is durable and visible.</summary>
public sealed class PointsIntake(IngestPipeline pipeline, IngestMeters meters, IdempotencyCache idempotency, IngestLimits limits, TimeProvider time)
{
    public const string Listener = "http";

    private readonly ConcurrentBag<PointsLane> _lanes = [];

    /// <param name="key">The Idempotency-Key header; empty when absent.</param>
    public async Task<PointsAnswer> TakeAsync(ReadOnlyMemory<byte> body, string key)
    {
        if (key.Length == 0)
        {
            return await TakeAsync(body, (byte[]?)null);
        }
        byte[] hash = IdempotencyCache.HashOf(key);
        if (idempotency.TryClaim(hash) is { } earlier)
        {
            return await earlier;
        }
        PointsAnswer answer = new(500, 0, [], "the request was not completed");
        try
        {
            answer = await TakeAsync(body, hash);
            return answer;
        }
        finally
        {
            idempotency.Complete(hash, answer);
        }
    }

    private async Task<PointsAnswer> TakeAsync(ReadOnlyMemory<byte> body, byte[]? keyHash)
    {
        PointsLane lane = _lanes.TryTake(out PointsLane? free) ? free : new PointsLane();
        try
        {
            lane.Read(body.Span, time.GetUtcNow().ToUnixTimeMilliseconds(), limits.MaxAgeMs, limits.MaxAheadMs, meters);
            meters.Received(Listener, lane.Received);
            if (lane.Batch.SampleCount == 0)
            {
                return new PointsAnswer(400, 0, [.. lane.Rejected], lane.Received == 0 ? "the body holds no points; send a JSON array of points, or one point a line" : null);
            }
            if (keyHash is not null)
            {
                lane.Batch.SetIdempotencyKey(keyHash);
            }
            if (!pipeline.TrySubmit(lane.Batch, out Task<AppendResult> done))
            {
                return new PointsAnswer(429, 0, [], "too much is under way; send it again after the time in Retry-After");
            }
            AppendResult result = await done;
            lane.AddRefusals(result.Refusals);
            return new PointsAnswer(result.Accepted > 0 ? 200 : 400, lane.Received - lane.Rejected.Count, [.. lane.Rejected]);
        }
        catch (LogUnavailableException error)
        {
            return new PointsAnswer(503, 0, [], error.Message);
        }
        finally
        {
            _lanes.Add(lane);
        }
    }
}

/// <summary>How old and how far ahead a sample may be.</summary>
public sealed record IngestLimits(long MaxAgeMs, long MaxAheadMs);
