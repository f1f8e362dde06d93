namespace MetricsGrains.Storage.Wal;

/// <summary>Something an operator should hear of. Raised on the thread that met it; the receiver must be quick and must not throw.</summary>
public abstract record LogEvent
{
    private LogEvent()
    {
    }

    /// <summary>The last segment ended in an incomplete write, which was never acknowledged under <see cref="LogDurability.Fsync"/>. Normal after a crash.</summary>
    /// <param name="Offset">The segment's length now.</param>
    /// <param name="Bytes">How much was cut off.</param>
    public sealed record TornTailCut(string Segment, long Offset, long Bytes) : LogEvent;

    /// <summary>A record in the middle of the log is damaged; its neighbours are fine. Raised once a place.</summary>
    /// <param name="Offset">Where the damage begins, in bytes from the start of the file.</param>
    /// <param name="Bytes">How much is skipped. When the record's header is damaged too this may span several records.</param>
    /// <param name="Sequence">The lost record, or null when its header is unreadable.</param>
    public sealed record RecordCorrupt(string Segment, long Offset, long Bytes, ulong? Sequence, string Reason) : LogEvent;

    /// <summary>A segment's header is damaged. No record is lost by that alone.</summary>
    public sealed record SegmentHeaderCorrupt(string Segment) : LogEvent;

    /// <summary>The log refuses appends from now on, until <see cref="AppendsResumed"/>. Raised once an outage.</summary>
    /// <param name="Syncing">True when the write went through and fsync failed.</param>
    public sealed record AppendsFailing(string Segment, bool Syncing, Exception Error) : LogEvent;

    /// <param name="Refused">Records refused since <see cref="AppendsFailing"/>.</param>
    public sealed record AppendsResumed(string Segment, long Refused) : LogEvent;

    /// <summary>Interval durability only: fsync failed for records that were acknowledged already. They can be read now and may be gone after a crash of the machine.</summary>
    /// <param name="AfterSequence">The records after this one, exclusive,</param>
    /// <param name="ThroughSequence">and up to this one, inclusive, are in doubt.</param>
    public sealed record AcknowledgedNotSynced(string Segment, ulong AfterSequence, ulong ThroughSequence, Exception Error) : LogEvent;

    /// <summary>Segments could not be deleted; the next release tries again.</summary>
    public sealed record ReleaseFailed(string Path, Exception Error) : LogEvent;
}
