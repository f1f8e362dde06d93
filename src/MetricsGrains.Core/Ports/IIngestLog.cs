namespace MetricsGrains.Core.Ports;

/// <summary>A record read back from the log. <see cref="Batch"/> is valid until the next one is asked for.</summary>
public readonly record struct LogRecord(ulong Sequence, ReadOnlyMemory<byte> Batch)
{
    /// <summary>Newest sample time in the batch, Unix ms, as it was appended with.</summary>
    public long NewestMs { get; init; }
}

/// <param name="FirstSequence">Oldest record still there; equals <paramref name="NextSequence"/> when empty.</param>
/// <param name="NextSequence">The number the next record gets. Starts at 1, never goes back, even when the log is emptied.</param>
/// <param name="DurableThrough">Highest record known to be on disk (fsync).</param>
/// <param name="Bytes">Size of all segments.</param>
/// <param name="CorruptRecords">Records skipped because their checksum was wrong, since the log was opened.</param>
public readonly record struct LogStatus(ulong FirstSequence, ulong NextSequence, ulong DurableThrough, long Bytes, int Segments, long CorruptRecords);

/// <summary>The write-ahead log: records in order, durable before they are acknowledged.</summary>
public interface IIngestLog : IRecordLog, IAsyncDisposable
{
    /// <summary>
    /// Appends a record. Sequences are given in the order of the calls, before this returns its task; the task completes when the record is durable
    /// (or written, with interval durability). <paramref name="batch"/> must stay unchanged until then.
    /// The sequence of an append that failed or was cancelled is not given out again: sequences increase, with gaps.
    /// </summary>
    /// <param name="newestMs">Newest sample time in the batch, Unix ms: segments are kept while it is inside the live window.</param>
    /// <exception cref="LogUnavailableException">Not appended: the disk is full or failing. Nothing of the record will be read back.</exception>
    Task<ulong> AppendAsync(ReadOnlyMemory<byte> batch, long newestMs, CancellationToken cancel);

    /// <summary>Deletes whole segments whose records are all below <paramref name="belowSequence"/> and whose newest sample is older than <paramref name="olderThanMs"/>, oldest first. Never the open one.</summary>
    /// <returns>The newest sample time of all segments deleted by this log so far, or long.MinValue when none was: from there on the log is complete. Kept across restarts.</returns>
    long Release(ulong belowSequence, long olderThanMs);
}

/// <summary>The log refused a record: disk full, device error, over its size limit, or so much waits for the store that nothing more may be logged. Nothing was acknowledged; the sender may try again.</summary>
public sealed class LogUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
