using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Wal;

/// <summary>
/// The write-ahead log in files: segments of records with checksums, see docs/formats/wal-segment.md. Thread-safe.
/// </summary>
public sealed class FileIngestLog : IIngestLog
{
    /// <summary>Largest record.</summary>
    public const int MaxBatchBytes = RecordHeader.MaxPayloadBytes;

    private const string LockFileName = "lock";

    private readonly IWalFiles _files;
    private readonly IngestLogOptions _options;
    private readonly LogEvents _events;
    private readonly IDisposable _lock;
    private readonly RecoveredLog _log;
    private readonly AppendQueue _queue;
    private readonly LogWriter _writer;
    private readonly LogReader _reader;
    private readonly Lock _releasing = new();
    private bool _disposed;

    private FileIngestLog(IWalFiles files, IngestLogOptions options, TimeProvider time, LogEvents events, IDisposable directoryLock, RecoveredLog log)
    {
        _files = files;
        _options = options;
        _events = events;
        _lock = directoryLock;
        _log = log;
        _queue = new AppendQueue(log.NextSequence);
        _writer = new LogWriter(files, options, time, events, _queue, log);
        _reader = new LogReader(files, log, new DamagePolicy(events, options.OnCorruption));
        _writer.Start();
    }

    /// <summary>Random, made with the log and kept with it. A directory that was emptied gets another one: its sequences begin at 1 again and mean other records.</summary>
    public ulong LogId => _log.LogId;

    public LogStatus Status => _log.Segments.Status(_queue.NextSequence);

    /// <summary>Opens the log, creating it when there is none. Cuts a torn tail; checks the last segment whole and the record headers of the others.</summary>
    /// <param name="onEvent">Hears of what an operator should know.</param>
    /// <exception cref="ArgumentException">The options have mistakes; all are named.</exception>
    /// <exception cref="LogUnavailableException">Another process has the log open, or the directory can't be used.</exception>
    /// <exception cref="LogCorruptException">It is damaged and <see cref="IngestLogOptions.OnCorruption"/> says to refuse, or it can't be told what it is.</exception>
    public static Task<FileIngestLog> OpenAsync(IngestLogOptions options, TimeProvider time, Action<LogEvent>? onEvent, CancellationToken cancel) =>
        OpenAsync(options, time, onEvent, new DiskFiles(), cancel);

    internal static Task<FileIngestLog> OpenAsync(IngestLogOptions options, TimeProvider time, Action<LogEvent>? onEvent, IWalFiles files, CancellationToken cancel)
    {
        IReadOnlyList<string> mistakes = options.Validate();
        if (mistakes.Count > 0) throw new ArgumentException(string.Join("; ", mistakes), nameof(options));
        return Task.Run(() => Open(options, time, new LogEvents(onEvent), files), cancel);
    }

    public Task<ulong> AppendAsync(ReadOnlyMemory<byte> batch, long newestMs, CancellationToken cancel)
    {
        if (batch.Length > MaxBatchBytes) throw new ArgumentOutOfRangeException(nameof(batch), batch.Length, $"A batch has at most {MaxBatchBytes} bytes.");
        if (cancel.IsCancellationRequested) return Task.FromCanceled<ulong>(cancel);

        // The checksum of the payload needs no sequence, so callers compute it side by side, outside the queue's lock.
        PendingAppend append = new(batch, Crc32C.Compute(batch.Span), newestMs, cancel);
        return _queue.Enqueue(append, _options.MaxBytes - _log.Segments.Bytes) switch
        {
            null => append.Task,
            AppendQueue.Refusal.LogFull => Task.FromException<ulong>(new LogUnavailableException(
                $"The log in {_options.Directory} has reached its limit of {_options.MaxBytes} bytes: the store has not taken what is in it. See to the store, or raise MaxBytes; appends go on once segments are released.")),
            _ => Task.FromException<ulong>(new LogUnavailableException(
                $"The disk of {_options.Directory} does not keep up with the log. Try again later; if this lasts, the disk is too slow or has stopped answering.")),
        };
    }

    public IAsyncEnumerable<LogRecord> ReadAsync(ulong fromSequence, CancellationToken cancel)
    {
        SegmentCatalog segments = _log.Segments;

        // Only with interval durability can a record be readable and not yet durable. Acknowledged is acknowledged: sync it rather than leave it out.
        IReadOnlyList<SegmentExtent> extents = segments.Extents(fromSequence);
        Task synced = segments.ReadableThrough > segments.DurableThrough ? _queue.SyncAsync() : Task.CompletedTask;
        return _reader.ReadAsync(extents, fromSequence, synced, cancel);
    }

    /// <summary>
    /// Gives out no sequence below this one any more, and claims no samples up to that time any more, both for good. For a log that is older than
    /// a store it wrote to (a copy that was put back): the store knows those sequences as other records, and would take new ones under them for
    /// repeats; and what was in the lost records is in the store alone.
    /// </summary>
    /// <param name="lostNewestMs">Newest sample time that lost records may have had, as far as the store has them, Unix ms.</param>
    /// <exception cref="IOException">It can't be noted on disk; nothing has changed.</exception>
    public void SkipTo(ulong sequence, long lostNewestMs)
    {
        lock (_releasing)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            long newestMs = Math.Max(_log.Segments.ReleasedNewestMs, lostNewestMs);
            new LogCheckpoint(false, LogId, Math.Max(sequence, _queue.NextSequence), newestMs).Save(_files, _options.Directory);
            _log.Segments.NoteReleased(newestMs);
            _queue.SkipTo(sequence);
        }
    }

    public long Release(ulong belowSequence, long olderThanMs)
    {
        lock (_releasing)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            SegmentCatalog segments = _log.Segments;
            IReadOnlyList<Segment> released = segments.Releasable(belowSequence, olderThanMs);
            if (released.Count == 0) return segments.ReleasedNewestMs;
            string path = Path.Combine(_options.Directory, LogCheckpoint.FileName);
            try
            {
                // Noted before the first file goes: after a crash in between, the log claims to be complete from later than it is, never from earlier.
                long newestMs = Math.Max(segments.ReleasedNewestMs, released.Max(segment => segment.NewestMs));
                new LogCheckpoint(false, LogId, _queue.NextSequence, newestMs).Save(_files, _options.Directory);
                segments.NoteReleased(newestMs);
                foreach (Segment segment in released)
                {
                    path = segment.Path;
                    _files.Delete(path);
                    segments.Remove(segment);
                }

                path = _options.Directory;
                _files.SyncDirectory(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                _events.Raise(new LogEvent.ReleaseFailed(path, error));
            }

            return segments.ReleasedNewestMs;
        }
    }

    /// <summary>Writes what is queued, syncs and closes. Appends from now on throw <see cref="ObjectDisposedException"/>; reads under way go on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_queue.Close()) return;
        bool synced = await _writer.Ended;
        lock (_releasing)
        {
            _disposed = true;
            try
            {
                new LogCheckpoint(synced, LogId, _queue.NextSequence, _log.Segments.ReleasedNewestMs).Save(_files, _options.Directory);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The records are safe; opening treats the stop as unclean.
            }
        }

        _writer.Dispose();
        _lock.Dispose();
    }

    private static FileIngestLog Open(IngestLogOptions options, TimeProvider time, LogEvents events, IWalFiles files)
    {
        IDisposable? directoryLock = null;
        try
        {
            files.CreateDirectory(options.Directory);
            directoryLock = TakeLock(options, files);
            RecoveredLog log = new LogRecovery(files, options, events).Recover();
            return new FileIngestLog(files, options, time, events, directoryLock, log);
        }
        catch (Exception error)
        {
            directoryLock?.Dispose();
            if (error is not (IOException or UnauthorizedAccessException)) throw;
            throw new LogUnavailableException($"The log in {options.Directory} can't be opened: {error.Message} Check that the directory is there, writable and on a disk with free space.", error);
        }
    }

    private static IDisposable TakeLock(IngestLogOptions options, IWalFiles files)
    {
        string path = Path.Combine(options.Directory, LockFileName);
        try
        {
            return files.Lock(path);
        }
        catch (IOException error)
        {
            throw new LogUnavailableException($"The log in {options.Directory} is open in another process (it holds {path}). Stop that one, or give this one a directory of its own.", error);
        }
    }
}
