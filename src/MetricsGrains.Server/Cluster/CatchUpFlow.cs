using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Cluster;

/// <summary>Keeps the reader of the log from running far ahead of the grains that it reads for: counts records under way. Thread-safe.</summary>
internal sealed class CatchUpFlow : IDispatchReceipt
{
    /// <summary>Slices under way, copied out of the log.</summary>
    private const int Most = 8_192;
    private const long MostBytes = 8 << 20;

    private readonly Lock _gate = new();
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _slices;
    private long _bytes;

    public void Sent(int bytes)
    {
        lock (_gate)
        {
            _slices++;
            _bytes += bytes;
        }
    }

    public void Done(long accepted, IReadOnlyList<Refusal> refusals)
    {
        TaskCompletionSource room;
        lock (_gate)
        {
            // Which of them it was is not said; on average this is right, and once all are done it is exact.
            _bytes -= _bytes / _slices;
            _slices--;
            room = _room;
            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        room.TrySetResult();
    }

    public Task WaitAsync(CancellationToken cancel) => WaitAsync(Most, MostBytes, cancel);

    public Task DrainAsync(CancellationToken cancel) => WaitAsync(0, 0, cancel);

    private async Task WaitAsync(int slices, long bytes, CancellationToken cancel)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (_slices <= slices && _bytes <= bytes)
                {
                    return;
                }
                room = _room.Task;
            }
            await room.WaitAsync(cancel);
        }
    }
}
