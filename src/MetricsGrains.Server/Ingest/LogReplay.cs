using System.Buffers;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Server.Hosting;

namespace MetricsGrains.Server.Ingest;

/// <summary>
/// Hands every record of the log to the grains again, at a start. They know by their cursors what the store already has. Also brings
/// back the answers to the latest requests that came with a key.
/// </summary>
public sealed class LogReplay(IRecordLog log, IGrainHost grains, IdempotencyCache idempotency, TimeProvider time)
{
    /// <summary>Records on their way to the grains: enough to keep every shard busy, few enough to hold in memory.</summary>
    private const int Window = 64;

    /// <summary>
    /// Of the log's own time. An hour of open windows takes ten times the memory of sealed ones, and while a replay runs nobody else seals them.
    /// </summary>
    private const long SealEveryMs = Resolution.FiveMinutes;

    private readonly Queue<Pending> _window = new();
    private long _newestMs = long.MinValue;
    private long _sealedMs = long.MinValue;

    public long Records { get; private set; }

    /// <summary>Samples that the grains took.</summary>
    public long Samples { get; private set; }

    /// <param name="origin">The log's, as the cursors know it.</param>
    public async Task RunAsync(string origin, CancellationToken cancel)
    {
        await foreach (LogRecord record in log.ReadAsync(0, cancel))
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(record.Batch.Length);
            record.Batch.CopyTo(buffer);
            Submit(buffer, record.Batch.Length, new BatchOrigin(origin, record.Sequence), cancel);
            if (_window.Count >= Window)
            {
                await FinishOneAsync();
            }
            await SealAsync(record.NewestMs, cancel);
        }
        while (_window.Count > 0)
        {
            await FinishOneAsync();
        }
        grains.EndReplay();
    }

    private void Submit(byte[] buffer, int length, BatchOrigin origin, CancellationToken cancel)
    {
        ReadOnlyMemory<byte> batch = buffer.AsMemory(0, length);
        if (!SampleBatch.TryRead(batch.Span, out SampleBatch read))
        {
            ArrayPool<byte>.Shared.Return(buffer);
            return;
        }
        byte[]? key = read.IdempotencyKey.IsEmpty ? null : read.IdempotencyKey.ToArray();
        // Of a batch without a receipt it is not known when it came; it may have been just now.
        BatchReceipt receipt = key is null ? default : read.Receipt ?? new BatchReceipt((int)read.CountSamples(), 0, time.GetUtcNow().ToUnixTimeMilliseconds());
        _window.Enqueue(new Pending(grains.AppendAsync(batch, origin, cancel), buffer, key, receipt));
        Records++;
    }

    private async Task SealAsync(long newestMs, CancellationToken cancel)
    {
        _newestMs = Math.Max(_newestMs, newestMs);
        if (_sealedMs == long.MinValue || _newestMs - _sealedMs >= SealEveryMs)
        {
            _sealedMs = _newestMs;
            // Not quite up to the newest: what comes out of order within a minute needs no second sealing.
            await grains.SealAsync(_newestMs - Resolution.OneMinute, cancel);
        }
    }

    private async Task FinishOneAsync()
    {
        Pending oldest = _window.Dequeue();
        AppendResult result = await oldest.Applied;
        ArrayPool<byte>.Shared.Return(oldest.Buffer);
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

    private readonly record struct Pending(ValueTask<AppendResult> Applied, byte[] Buffer, byte[]? Key, BatchReceipt Receipt);
}
