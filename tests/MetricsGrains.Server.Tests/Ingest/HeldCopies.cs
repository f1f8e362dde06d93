using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Tests.Ingest;

/// <summary>Copies are made when the test says.</summary>
internal sealed class HeldCopies : ILogCopies
{
    private readonly Lock _gate = new();
    private readonly Queue<(ulong Sequence, TaskCompletionSource Done)> _waiting = [];

    public string? Refusal { get; set; }

    public ulong CopiedThrough { get; private set; }

    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    public Task CopyAsync(LogRecord record)
    {
        lock (_gate)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((record.Sequence, done));
            return done.Task;
        }
    }

    public void Complete(int count)
    {
        lock (_gate)
        {
            for (; count > 0; count--)
            {
                (ulong sequence, TaskCompletionSource done) = _waiting.Dequeue();
                CopiedThrough = sequence;
                done.SetResult();
            }
        }
    }

    public void Release(ulong below)
    {
    }

    public Task EndAsync()
    {
        lock (_gate)
        {
            while (_waiting.TryDequeue(out (ulong Sequence, TaskCompletionSource Done) one))
            {
                one.Done.SetException(new LogCopyException("the silo stops"));
            }
        }
        return Task.CompletedTask;
    }
}
