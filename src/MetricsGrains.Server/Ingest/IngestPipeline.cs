using System.Buffers;
using System.Threading.Channels;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Ingest;

/// <summary>
/// The one way in: a sealed batch is written to the log, handed to its grains in the order of the log, and only then reported done.
/// What is under way is bounded in bytes; beyond that a batch is not taken, and the listener says so to its sender.
/// </summary>
public sealed class IngestPipeline : IAsyncDisposable
{
    /// <summary>Small batches cost more than their bytes.</summary>
    private const int MaxBatches = 16_384;

    private readonly IIngestLog _log;
    private readonly IGrains _grains;
    private readonly IngestMeters _meters;
    private readonly string _origin;
    private readonly long _maxBytes;
    private readonly StoreBacklog? _backlog;
    private readonly ILogCopies? _copies;
    private readonly Channel<Pending> _copied = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Channel<Pending> _dispatch = Channel.CreateBounded<Pending>(new BoundedChannelOptions(MaxBatches + 1) { SingleReader = true });
    private readonly Lock _order = new();
    private readonly Task _logging;
    private readonly Task _copying;
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytes;
    private int _batches;
    private long _dispatchedThrough;
    private volatile bool _stopped;
    private readonly LogRefusal _logRefusal;

    /// <param name="origin">This node's id, which its log's sequences belong to.</param>
    /// <param name="maxBytes">Batches under way, in bytes.</param>
    /// <param name="backlog">Null: however much waits for the store, batches are taken.</param>
    /// <param name="copies">Null: what the log has is acknowledged. Else only what a copy has too is handed to the grains, and acknowledged.</param>
    /// <remarks>Records that the log already has are the replay's, which must be through before the first batch is submitted.</remarks>
    public IngestPipeline(IIngestLog log, IGrains grains, string origin, long maxBytes, IngestMeters meters, TimeProvider time, StoreBacklog? backlog = null, ILogCopies? copies = null)
    {
        _copies = copies;
        _logRefusal = new LogRefusal(time);
        _backlog = backlog;
        _log = log;
        _grains = grains;
        _origin = origin;
        _maxBytes = maxBytes;
        _meters = meters;
        _dispatchedThrough = (long)(log.Status.NextSequence - 1);
        _logging = Task.Run(LoggedAsync);
        _copying = copies is null ? Task.CompletedTask : Task.Run(CopiedAsync);
    }

    /// <summary>Bytes written to the log or on their way, but not yet taken in by all their grains.</summary>
    public long QueuedBytes => Interlocked.Read(ref _bytes);

    /// <summary>Why batches are refused at present, for people; null when they are taken. Known from the last ones.</summary>
    public string? Refusal => _backlog?.Refusal ?? _logRefusal.Reason ?? _copies?.Refusal;

    /// <summary>Highest record handed to the grains.</summary>
    public ulong DispatchedThrough => (ulong)Interlocked.Read(ref _dispatchedThrough);

    /// <summary>
    /// Takes a batch. The task ends when it is durable and its grains have it; it fails with <see cref="LogUnavailableException"/> when the log refused it,
    /// or too many rows wait for the store.
    /// </summary>
    /// <param name="builder">Its bytes are copied: it may be cleared as soon as this returns.</param>
    /// <returns>False: too much is under way, or the node is stopping; nothing was taken.</returns>
    public bool TrySubmit(SampleBatchBuilder builder, out Task<AppendResult> done)
    {
        done = Task.FromResult(AppendResult.Empty);
        if (builder.SampleCount == 0)
        {
            return true;
        }
        if ((_backlog?.Refusal ?? _copies?.Refusal) is { } refusal)
        {
            _meters.Rejected(_backlog?.Refusal is null ? "log_not_copied" : "store_behind", builder.SampleCount);
            done = Task.FromException<AppendResult>(new LogUnavailableException(refusal));
            return true;
        }
        int size = builder.MaxEncodedLength();
        // A batch larger than all the room there is goes alone.
        long before = Interlocked.Add(ref _bytes, size) - size;
        int batches = Interlocked.Increment(ref _batches);
        if (_stopped || (before > 0 && before + size > _maxBytes) || batches > MaxBatches)
        {
            // Nothing was under way that is done now: who waits for room is not woken, or two that wait would wake each other for ever.
            Interlocked.Add(ref _bytes, -size);
            Interlocked.Decrement(ref _batches);
            return false;
        }
        byte[] buffer = ArrayPool<byte>.Shared.Rent(size);
        int length = builder.WriteTo(buffer);
        var pending = new Pending(buffer, length, size, builder.SampleCount, new TaskCompletionSource<AppendResult>(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_order)
        {
            if (_stopped)
            {
                Finish(pending);
                return false;
            }
            // Under one lock, so that batches are dispatched in the order of their sequences.
            pending.NewestMs = builder.NewestMs;
            pending.Logged = AppendToLog(buffer.AsMemory(0, length), builder.NewestMs);
            _dispatch.Writer.TryWrite(pending);
        }
        done = pending.Done.Task;
        return true;
    }

    /// <summary>Waits until something that is under way is done. After a refusal there may be room, only not enough: going by the bytes would wait for nothing, over and over.</summary>
    public Task WaitForRoomAsync(CancellationToken cancel)
    {
        // Read before the count: what ends in between completes it.
        Task room = Volatile.Read(ref _room).Task;
        return Volatile.Read(ref _batches) == 0 ? Task.CompletedTask : room.WaitAsync(cancel);
    }

    /// <summary>Takes no more, and ends when all that was taken is done.</summary>
    public async Task StopAsync()
    {
        lock (_order)
        {
            _stopped = true;
            _dispatch.Writer.TryComplete();
        }
        await _logging;
        _copied.Writer.TryComplete();
        await (_copies?.EndAsync() ?? Task.CompletedTask);
        await _copying;
        while (QueuedBytes > 0)
        {
            await Task.WhenAny(Volatile.Read(ref _room).Task, Task.Delay(50));
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>What the log throws is the task's error: thrown from here it would leave the batch counted as under way for ever.</summary>
    private Task<ulong> AppendToLog(ReadOnlyMemory<byte> batch, long newestMs)
    {
        try
        {
            return _log.AppendAsync(batch, newestMs, CancellationToken.None);
        }
        catch (Exception error)
        {
            return Task.FromException<ulong>(error);
        }
    }

    /// <summary>Goes on with batches once they are in the log, in its order.</summary>
    private async Task LoggedAsync()
    {
        await foreach (Pending pending in _dispatch.Reader.ReadAllAsync())
        {
            try
            {
                ulong sequence = await pending.Logged;
                _logRefusal.Took(pending.Length);
                if (_copies is null)
                {
                    Dispatch(pending, sequence);
                    continue;
                }
                pending.Copied = _copies.CopyAsync(new LogRecord(sequence, pending.Buffer.AsMemory(0, pending.Length)) { NewestMs = pending.NewestMs });
                _copied.Writer.TryWrite(pending);
            }
            catch (Exception error)
            {
                if (error is LogUnavailableException)
                {
                    _logRefusal.Refused(pending.Length, error.Message);
                }
                Fail(pending, error);
            }
        }
    }

    /// <summary>Goes on with batches once a copy has them, in the order of the log.</summary>
    private async Task CopiedAsync()
    {
        await foreach (Pending pending in _copied.Reader.ReadAllAsync())
        {
            await pending.Copied.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                // Without a copy it is in the log all the same, and counts: the grains get it, only its sender can't be told that it is safe.
                Dispatch(pending, await pending.Logged);
            }
            catch (Exception error)
            {
                Fail(pending, error);
            }
        }
    }

    private void Dispatch(Pending pending, ulong sequence)
    {
        ValueTask<AppendResult> applied = _grains.AppendAsync(pending.Buffer.AsMemory(0, pending.Length), new BatchOrigin(_origin, sequence), CancellationToken.None);
        Interlocked.Exchange(ref _dispatchedThrough, (long)sequence);
        _ = CompleteAsync(pending, applied);
    }

    private async Task CompleteAsync(Pending pending, ValueTask<AppendResult> applied)
    {
        try
        {
            AppendResult result = await applied;
            await pending.Copied;
            Finish(pending);
            Count(result);
            pending.Done.SetResult(result);
        }
        catch (Exception error)
        {
            Finish(pending);
            pending.Done.SetException(error);
        }
    }

    private void Fail(Pending pending, Exception error)
    {
        _meters.Rejected(error is LogUnavailableException ? "log_unavailable" : "internal_error", pending.Samples);
        Finish(pending);
        pending.Done.SetException(error);
    }

    private void Count(AppendResult result)
    {
        _meters.Accepted(result.Accepted);
        foreach (Refusal refusal in result.Refusals)
        {
            _meters.Rejected(ReasonNames.Of(refusal.Reason), refusal.Samples);
        }
    }

    private void Finish(Pending pending)
    {
        ArrayPool<byte>.Shared.Return(pending.Buffer);
        Release(pending.Size, 1);
    }

    private void Release(int bytes, int batches)
    {
        Interlocked.Add(ref _bytes, -bytes);
        Interlocked.Add(ref _batches, -batches);
        TaskCompletionSource full = Interlocked.Exchange(ref _room, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        full.TrySetResult();
    }

    private sealed record Pending(byte[] Buffer, int Length, int Size, int Samples, TaskCompletionSource<AppendResult> Done)
    {
        public long NewestMs { get; set; }

        public Task<ulong> Logged { get; set; } = Task.FromResult(0UL);

        public Task Copied { get; set; } = Task.CompletedTask;
    }
}
