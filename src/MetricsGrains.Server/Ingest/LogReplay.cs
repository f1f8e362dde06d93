using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Ingest;

/// <summary>
/// Hands every record of the log to the grains again, at a start. They know by their cursors what the store already has. Also brings
/// back the answers to the latest requests that came with a key.
/// </summary>
public sealed class LogReplay(IIngestLog log, IGrains grains, IdempotencyCache idempotency, TimeProvider time)
{
    /// <summary>Records on their way to the grains: enough to keep every shard busy, few enough to hold in memory.</summary>
    private const int Window = 64;

    private readonly Queue<Pending> _window = new();

    public long Records { get; private set; }

    /// <summary>Samples that the grains took.</summary>
    public long Samples { get; private set; }

    /// <param name="origin">The log's, as the cursors know it.</param>
    public async Task RunAsync(string origin, CancellationToken cancel)
    {
        await foreach (LogRecord record in log.ReadAsync(0, cancel))
        {
            byte[] batch = record.Batch.ToArray();
            if (SampleBatch.TryRead(batch, out SampleBatch read))
            {
                byte[]? key = read.IdempotencyKey.IsEmpty ? null : read.IdempotencyKey.ToArray();
                // Of a batch without a receipt it is not known when it came; it may have been just now.
                BatchReceipt receipt = key is null ? default : read.Receipt ?? new BatchReceipt((int)CountSamples(batch, read), 0, time.GetUtcNow().ToUnixTimeMilliseconds());
                _window.Enqueue(new Pending(grains.AppendAsync(batch, new BatchOrigin(origin, record.Sequence), cancel), key, receipt));
                Records++;
            }
            if (_window.Count >= Window)
            {
                await FinishOneAsync();
            }
        }
        while (_window.Count > 0)
        {
            await FinishOneAsync();
        }
    }

    private async Task FinishOneAsync()
    {
        Pending oldest = _window.Dequeue();
        AppendResult result = await oldest.Applied;
        Samples += result.Accepted;
        if (oldest.Key is not null)
        {
            idempotency.Restore(oldest.Key, AnswerTo(oldest.Receipt, result), oldest.Receipt.ReceivedMs);
        }
    }

    /// <summary>As the first answer was, but that which points were refused, and why, is not known any more.</summary>
    private static PointsAnswer AnswerTo(BatchReceipt receipt, AppendResult result)
    {
        int refused = Math.Min(receipt.Points, result.Refusals.Sum(r => r.Samples));
        return new PointsAnswer(result.Accepted > 0 ? 200 : 400, receipt.Points - refused, [], receipt.Rejected + refused);
    }

    private static long CountSamples(ReadOnlySpan<byte> bytes, SampleBatch batch)
    {
        long samples = 0;
        foreach (SliceLocation location in batch)
        {
            samples += SampleSlice.TryRead(bytes.Slice(location.Offset, location.Length), out SampleSlice slice) ? slice.SampleCount : 0;
        }
        return samples;
    }

    private readonly record struct Pending(ValueTask<AppendResult> Applied, byte[]? Key, BatchReceipt Receipt);
}
