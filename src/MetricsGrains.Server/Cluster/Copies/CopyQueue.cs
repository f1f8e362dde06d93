using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Cluster.Copies;

/// <summary>Records that wait to be copied, in the order of the log. Many producers, one consumer.</summary>
internal sealed class CopyQueue : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<(LogRecord Record, TaskCompletionSource Done)> _waiting = [];
    private readonly SemaphoreSlim _more = new(0, 1);
    private Exception? _end;

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count == 0;
            }
        }
    }

    public Task Add(LogRecord record)
    {
        lock (_gate)
        {
            if (_end is { } end)
            {
                return Task.FromException(end);
            }
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((record, done));
            if (_more.CurrentCount == 0)
            {
                _more.Release();
            }
            return done.Task;
        }
    }

    /// <summary>The oldest, which stay until they are done.</summary>
    public LogRecord[] Peek(int records, int bytes)
    {
        lock (_gate)
        {
            int size = 0;
            return [.. _waiting.Select(w => w.Record).TakeWhile((r, i) => i < records && (i == 0 || (size += r.Batch.Length) <= bytes))];
        }
    }

    public Task WaitAsync(TimeSpan most, CancellationToken cancel) => _more.WaitAsync(most, cancel);

    /// <summary>All records up to this one are copied.</summary>
    public void Done(ulong through)
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out (LogRecord Record, TaskCompletionSource Done) first) && first.Record.Sequence <= through)
            {
                _waiting.Dequeue().Done.SetResult();
            }
        }
    }

    /// <summary>Gives up those that wait, and takes no more.</summary>
    public void End(LogCopyException reason)
    {
        lock (_gate)
        {
            _end = reason;
            while (_waiting.TryDequeue(out (LogRecord Record, TaskCompletionSource Done) first))
            {
                first.Done.SetException(reason);
            }
        }
    }

    public void Dispose() => _more.Dispose();
}
