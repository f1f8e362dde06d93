using MetricsGrains.Core.Ports;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Ingest;

/// <summary>
/// Writes to the store what comes one by one: as soon as there are enough of them to be worth it, or one has waited long enough. A write whose
/// outcome is unknown is repeated, so writing the same items twice must do no harm. Adding is thread-safe and never waits.
/// </summary>
/// <param name="what">For the log: "annotations".</param>
/// <param name="write">Takes at most <see cref="BatchLimits.Items"/>, oldest first.</param>
public sealed partial class BatchWriter<T>(string what, Func<IReadOnlyList<T>, CancellationToken, Task> write, BatchLimits limits, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Queue<T> _waiting = new();
    private TaskCompletionSource _moved = NewSignal();
    private T[] _underWay = [];
    private long _oldestAt;

    /// <summary>What is not in the store for certain, oldest first. Read it before the store: then nothing is in neither.</summary>
    public IReadOnlyList<T> Pending
    {
        get
        {
            lock (_gate)
            {
                return [.. _underWay, .. _waiting];
            }
        }
    }

    /// <returns>False: as many as may be are waiting for the store; it was not taken.</returns>
    public bool TryAdd(T item)
    {
        TaskCompletionSource? moved = null;
        lock (_gate)
        {
            if (_waiting.Count + _underWay.Length >= limits.Capacity)
            {
                return false;
            }
            if (_waiting.Count == 0)
            {
                _oldestAt = time.GetTimestamp();
            }
            _waiting.Enqueue(item);
            // The first starts the clock, and the last needs no more of it.
            if (_waiting.Count == 1 || _waiting.Count == limits.Items)
            {
                moved = _moved;
                _moved = NewSignal();
            }
        }
        moved?.TrySetResult();
        return true;
    }

    /// <summary>Writes until it is stopped, and then leaves what is left to <see cref="DrainAsync"/>.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await WaitAsync(stop);
                await WriteAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Writes all that is left, once nothing is added any more and <see cref="RunAsync"/> has ended. Does not wait for a store that fails.</summary>
    public async Task DrainAsync(CancellationToken cancel)
    {
        while (TakeBatch().Length > 0)
        {
            try
            {
                await write(_underWay, cancel);
                Confirm();
            }
            catch (Exception error) when (error is not OperationCanceledException || !cancel.IsCancellationRequested)
            {
                LogLost(logger, Pending.Count, what, error.Message);
                return;
            }
        }
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        while (true)
        {
            Task moved;
            TimeSpan left = Timeout.InfiniteTimeSpan;
            lock (_gate)
            {
                if (_waiting.Count >= limits.Items)
                {
                    return;
                }
                if (_waiting.Count > 0)
                {
                    left = limits.Wait - time.GetElapsedTime(_oldestAt);
                    if (left <= TimeSpan.Zero)
                    {
                        return;
                    }
                }
                moved = _moved.Task;
            }
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(moved, Task.Delay(left, time, timer.Token));
            await timer.CancelAsync();
            stop.ThrowIfCancellationRequested();
        }
    }

    private async Task WriteAsync(CancellationToken stop)
    {
        TakeBatch();
        for (TimeSpan retry = s_firstRetry; ; retry = retry * 2 < s_longestRetry ? retry * 2 : s_longestRetry)
        {
            try
            {
                await write(_underWay, stop);
                break;
            }
            catch (StoreUnavailableException error)
            {
                if (retry == s_firstRetry)
                {
                    LogRetrying(logger, what, error.Message);
                }
                await Task.Delay(retry, time, stop);
            }
            catch (Exception error) when (error is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                // Trying again won't help these, and must not hold up the others.
                LogGivenUp(logger, _underWay.Length, what, error);
                break;
            }
        }
        Confirm();
    }

    /// <returns>What was taken last and not confirmed; else the next ones.</returns>
    private T[] TakeBatch()
    {
        lock (_gate)
        {
            if (_underWay.Length == 0)
            {
                _underWay = new T[Math.Min(limits.Items, _waiting.Count)];
                for (int i = 0; i < _underWay.Length; i++)
                {
                    _underWay[i] = _waiting.Dequeue();
                }
                // Those left came while the last batch was written, and have waited for it.
                _oldestAt = time.GetTimestamp();
            }
            return _underWay;
        }
    }

    private void Confirm()
    {
        lock (_gate)
        {
            _underWay = [];
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store does not take {What}: {Reason}. They are held in memory and written when it does.")]
    private static partial void LogRetrying(ILogger logger, string what, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} {What} could not be written and are lost; please report this with what follows.")]
    private static partial void LogGivenUp(ILogger logger, int count, string what, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopped with {Count} {What} that the store did not take; they are lost: {Reason}")]
    private static partial void LogLost(ILogger logger, int count, string what, string reason);
}
