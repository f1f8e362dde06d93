using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Wal;

namespace MetricsGrains.Server.Cluster.Copies;

/// <summary>One copy of another silo's log, being written: a log with that one's sequences. One caller at a time.</summary>
internal sealed class KeptCopy : IAsyncDisposable
{
    private readonly string _folder;
    private readonly FileIngestLog _log;
    private CopyLabel _label;

    private KeptCopy(string folder, FileIngestLog log, CopyLabel label, ulong previous)
    {
        _folder = folder;
        _log = log;
        _label = label;
        Through = previous;
    }

    public ulong Generation => _label.Generation;

    public bool IsWhole => _label.IsWhole;

    /// <summary>The last record, on disk.</summary>
    public ulong Through { get; private set; }

    /// <param name="previous">The record before the first.</param>
    /// <param name="olderMs">Newest time that samples before it may have, Unix ms.</param>
    /// <param name="like">How this silo keeps logs.</param>
    /// <exception cref="LogUnavailableException">The disk is full or failing.</exception>
    /// <exception cref="IOException">The same.</exception>
    public static async Task<KeptCopy> BeginAsync(string folder, CopyLabel label, ulong previous, long olderMs, IngestLogOptions like, TimeProvider time, Action<LogEvent> onEvent, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        label.Write(folder);
        var options = new IngestLogOptions { Directory = CopyLabel.LogOf(folder), SegmentBytes = like.SegmentBytes, MaxBytes = long.MaxValue, OnCorruption = like.OnCorruption };
        FileIngestLog log = await FileIngestLog.OpenAsync(options, time, onEvent, cancel);
        try
        {
            log.SkipTo(previous + 1, previous == 0 ? long.MinValue : olderMs);
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }
        return new KeptCopy(folder, log, label, previous);
    }

    /// <summary>Ends when all are on disk. When it fails some may be, and no more may be appended.</summary>
    /// <param name="records">Following <see cref="Through"/>.</param>
    public async Task AppendAsync(IReadOnlyList<LogRecord> records)
    {
        var appends = new List<Task<ulong>>(records.Count);
        foreach (LogRecord record in records)
        {
            // Sequences have gaps where an append failed.
            if (record.Sequence != _log.Status.NextSequence)
            {
                _log.SkipTo(record.Sequence, long.MinValue);
            }
            appends.Add(_log.AppendAsync(record.Batch, record.NewestMs, CancellationToken.None));
        }
        foreach (Task<ulong> append in appends)
        {
            Through = await append;
        }
    }

    /// <exception cref="IOException">It can't be noted on disk.</exception>
    public void MarkWhole()
    {
        CopyLabel whole = _label with { IsWhole = true };
        whole.Write(_folder);
        _label = whole;
    }

    public void Release(ulong below) => _log.Release(below, long.MaxValue);

    public ValueTask DisposeAsync() => _log.DisposeAsync();
}
