namespace MetricsGrains.Storage.Wal;

/// <summary>Appends in the order of their sequences, waiting for the writer. Many producers, one consumer that waits on its own thread.</summary>
internal sealed class AppendQueue(ulong nextSequence)
{
    /// <summary>The ingest pipeline bounds what is under way far below this. Beyond it the disk has stopped answering, and refusing is better than filling the memory.</summary>
    private const long MaxPendingBytes = 1L << 30;

    private readonly object _gate = new();
    private List<PendingAppend> _pending = [];
    private List<TaskCompletionSource> _syncs = [];
    private ulong _nextSequence = nextSequence;
    private long _pendingBytes;
    private bool _syncDue;
    private bool _closed;

    public ulong NextSequence
    {
        get { lock (_gate) return _nextSequence; }
    }

    /// <summary>The next append gets this sequence, or a higher one.</summary>
    public void SkipTo(ulong sequence)
    {
        lock (_gate) _nextSequence = Math.Max(_nextSequence, sequence);
    }

    /// <summary>Gives the append its sequence and queues it.</summary>
    /// <param name="room">Bytes the log may still grow by, the queued ones included.</param>
    /// <returns>Null, or why it was not queued.</returns>
    public Refusal? Enqueue(PendingAppend append, long room)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(FileIngestLog));
            if (_pendingBytes + append.Bytes > room) return Refusal.LogFull;
            if (_pendingBytes + append.Bytes > MaxPendingBytes) return Refusal.DiskBehind;
            append.Sequence = _nextSequence++;
            _pendingBytes += append.Bytes;
            _pending.Add(append);
            Monitor.Pulse(_gate);
            return null;
        }
    }

    /// <summary>Takes everything queued, waiting when there is nothing to do.</summary>
    /// <param name="appends">Empty; exchanged for the queue's list.</param>
    /// <param name="syncs">Empty; exchanged for those waiting for an fsync.</param>
    /// <param name="syncDue">An fsync was asked for.</param>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool Take(ref List<PendingAppend> appends, ref List<TaskCompletionSource> syncs, out bool syncDue)
    {
        lock (_gate)
        {
            while (_pending.Count == 0 && !_syncDue && !_closed) Monitor.Wait(_gate);
            (appends, _pending) = (_pending, appends);
            (syncs, _syncs) = (_syncs, syncs);
            syncDue = _syncDue;
            _syncDue = false;
            return appends.Count > 0 || syncDue;
        }
    }

    /// <summary>The bytes are in the file now, or given up.</summary>
    public void Settle(long bytes)
    {
        lock (_gate) _pendingBytes -= bytes;
    }

    public void RequestSync()
    {
        lock (_gate)
        {
            _syncDue = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <returns>Ends when everything queued or written before this call has been through an fsync, successful or not.</returns>
    public Task SyncAsync()
    {
        lock (_gate)
        {
            if (_closed) return Task.CompletedTask;
            TaskCompletionSource sync = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _syncs.Add(sync);
            _syncDue = true;
            Monitor.Pulse(_gate);
            return sync.Task;
        }
    }

    /// <returns>False when it was closed already.</returns>
    public bool Close()
    {
        lock (_gate)
        {
            if (_closed) return false;
            _closed = true;
            Monitor.Pulse(_gate);
            return true;
        }
    }

    public enum Refusal
    {
        LogFull,
        DiskBehind,
    }
}
