using System.Collections.Concurrent;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Ingest;

/// <summary>Takes bodies of JSON points in and says what became of each point. Answers only when what it took is durable and visible.</summary>
public sealed class PointsIntake(IngestPipeline pipeline, IngestMeters meters, IdempotencyCache idempotency, IngestLimits limits, TimeProvider time)
{
    public const string Listener = "http";

    private readonly ConcurrentBag<PointsLane> _lanes = [];
    private readonly ConcurrentBag<PointsReceipt> _receipts = [];

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
        PointsAnswer answer = new(500, 0, [], 0, "the request was not completed");
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
        PointsReceipt receipt = _receipts.TryTake(out PointsReceipt? free) ? free : new PointsReceipt();
        try
        {
            if (!TrySubmit(body.Span, keyHash, receipt, out Task<AppendResult> done))
            {
                return new PointsAnswer(429, 0, [], 0, "too much is under way; send it again after the time in Retry-After");
            }
            AppendResult result = await done;
            receipt.AddRefusals(result.Refusals);
            PointsAnswer answer = receipt.Answer(result.Accepted > 0 ? 200 : 400);
            return receipt.Received > 0 ? answer : answer with { Error = "the body holds no points; send a JSON array of points, or one point a line" };
        }
        catch (LogUnavailableException error)
        {
            return new PointsAnswer(503, 0, [], 0, error.Message);
        }
        catch (LogCopyException error)
        {
            return new PointsAnswer(504, 0, [], 0, error.Message);
        }
        finally
        {
            receipt.Clear();
            if (!receipt.IsBulky)
            {
                _receipts.Add(receipt);
            }
        }
    }

    /// <summary>
    /// Reads the body and hands its batch on. The lane is free again when this returns: were it held until the batch is durable, there would be
    /// as many as requests under way, each with its cache of series, instead of as many as threads.
    /// </summary>
    private bool TrySubmit(ReadOnlySpan<byte> body, byte[]? keyHash, PointsReceipt receipt, out Task<AppendResult> done)
    {
        PointsLane lane = _lanes.TryTake(out PointsLane? free) ? free : new PointsLane();
        try
        {
            long now = time.GetUtcNow().ToUnixTimeMilliseconds();
            lane.Read(body, now, limits, receipt, meters);
            meters.Received(Listener, receipt.Received);
            if (keyHash is not null)
            {
                lane.Batch.SetIdempotencyKey(keyHash);
                lane.Batch.SetReceipt(new BatchReceipt(receipt.Received - receipt.RejectedTotal, receipt.RejectedTotal, now));
            }
            return pipeline.TrySubmit(lane.Batch, out done);
        }
        finally
        {
            _lanes.Add(lane);
        }
    }
}

/// <summary>How old and how far ahead a sample may be.</summary>
public sealed record IngestLimits(long MaxAgeMs, long MaxAheadMs);
