using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Wal;

/// <summary>
/// The group commit: takes all waiting appends, writes them with one call, syncs once, answers them in order. Has a thread of its own, because a write
/// or fsync blocks for as long as the disk likes and would starve the thread pool.
/// </summary>
internal sealed class LogWriter : IDisposable
{
    private readonly IngestLogOptions _options;
    private readonly LogEvents _events;
    private readonly AppendQueue _queue;
    private readonly SegmentCatalog _catalog;
    private readonly SegmentWriter _segment;
    private readonly WriteGroup _group;
    private readonly ITimer _syncTimer;
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _refused;
    private bool _failing;
    private bool _syncArmed;

    public LogWriter(IWalFiles files, IngestLogOptions options, TimeProvider time, LogEvents events, AppendQueue queue, RecoveredLog recovered)
    {
        _options = options;
        _events = events;
        _queue = queue;
        _catalog = recovered.Segments;
        _segment = new SegmentWriter(files, options, recovered.LogId, recovered.Segments);
        _group = new WriteGroup(recovered.LogId);
        _syncTimer = time.CreateTimer(_ => queue.RequestSync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private bool SyncsEachGroup => _options.Durability == LogDurability.Fsync;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "wal-writer" }.Start();

    /// <returns>Ends when the queue was closed and drained: true when all that was acknowledged is on disk.</returns>
    public Task<bool> Ended => _ended.Task;

    public void Dispose()
    {
        _syncTimer.Dispose();
        _segment.Dispose();
    }

    private void Run()
    {
        List<PendingAppend> appends = [];
        List<TaskCompletionSource> syncs = [];
        bool synced = true;
        while (_queue.Take(ref appends, ref syncs, out bool syncDue))
        {
            int done = 0;
            while (done < appends.Count) done = CommitGroup(appends, done);
            if (syncDue) synced &= SyncWritten();
            foreach (TaskCompletionSource sync in syncs) sync.SetResult();
            appends.Clear();
            syncs.Clear();
        }

        synced &= SyncWritten();
        _segment.Leave();
        _ended.SetResult(synced);
    }

    /// <returns>Index of the first append that is left.</returns>
    private int CommitGroup(List<PendingAppend> appends, int from)
    {
        _group.Clear();
        int next = from;
        long bytes = 0;
        for (; next < appends.Count; next++)
        {
            PendingAppend append = appends[next];
            if (append.Cancel.IsCancellationRequested)
            {
                append.Abandon();
            }
            else
            {
                if (_group.Records.Count == 0 && !_segment.Fits(append.Bytes)) Roll();
                if (!_group.TryAdd(append, _segment.Room)) break;
            }

            bytes += append.Bytes;
        }

        if (_group.Records.Count > 0) Commit();
        _queue.Settle(bytes);
        return next;
    }

    private void Roll()
    {
        // The next segment's header vouches for this one's length.
        SyncWritten();
        _segment.Leave();
    }

    private void Commit()
    {
        bool written = false;
        try
        {
            _segment.Write(_group);
            written = true;
            if (SyncsEachGroup) _segment.Sync();
        }
        catch (Exception error)
        {
            Refuse(error, written);
            return;
        }

        Segment segment = _segment.Open!;
        _catalog.Publish(segment, _group, SyncsEachGroup);
        if (!SyncsEachGroup) ArmSync();
        if (_failing) _events.Raise(new LogEvent.AppendsResumed(segment.Name, _refused));
        _failing = false;
        foreach (PendingAppend append in _group.Records) append.Complete();
    }

    /// <summary>Counts from the first write since the last fsync; later ones must not put it off.</summary>
    private void ArmSync()
    {
        if (_syncArmed) return;
        _syncArmed = true;
        _syncTimer.Change(_options.SyncInterval, Timeout.InfiniteTimeSpan);
    }

    private void Refuse(Exception error, bool written)
    {
        string segment = _segment.Open?.Name ?? Path.GetFileName(Segment.PathOf(_options.Directory, _group.First.Sequence));
        bool truncated = _segment.TryTruncate(sync: written);
        if (written || !truncated)
        {
            // After a failed fsync the kernel may have marked the lost pages clean, so that a later fsync of this file would succeed without them.
            // Leave the segment; the next one's header says how much of it counts.
            if (!SyncsEachGroup) SyncWritten();
            _segment.Leave();
        }

        if (!_failing)
        {
            _failing = true;
            _refused = 0;
            _events.Raise(new LogEvent.AppendsFailing(segment, written, error));
        }

        _refused += _group.Records.Count;
        string advice = $"The log in {_options.Directory} can't be written: {error.Message} Free space on that disk or see to its health; every append tries again.";
        foreach (PendingAppend append in _group.Records) append.Fail(new LogUnavailableException(advice, error));
    }

    /// <returns>False when records that were acknowledged may not be on disk.</returns>
    private bool SyncWritten()
    {
        _syncArmed = false;
        if (!_segment.Dirty) return true;
        Segment segment = _segment.Open!;
        try
        {
            _segment.Sync();
            _catalog.PublishSynced();
            return true;
        }
        catch (Exception error)
        {
            _events.Raise(new LogEvent.AcknowledgedNotSynced(segment.Name, _catalog.DurableThrough, _catalog.ReadableThrough, error));
            _segment.Leave();
            return false;
        }
    }
}
