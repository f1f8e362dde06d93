namespace MetricsGrains.Storage.Wal;

/// <summary>Settings of <see cref="FileIngestLog"/>.</summary>
public sealed class IngestLogOptions
{
    /// <summary>Largest <see cref="SegmentBytes"/>. The sequence jump after an unclean stop relies on it, see <see cref="LogRecovery"/>.</summary>
    public const long MaxSegmentBytes = 1L << 30;

    /// <summary>Where the segments are. Created when missing. One process at a time may have it open.</summary>
    public required string Directory { get; init; }

    /// <summary>A segment that would grow beyond this is closed and a new one begun; also the step in which space is given back. A record never spans segments, one larger than this gets a segment to itself.</summary>
    public long SegmentBytes { get; init; } = 64L << 20;

    /// <summary>Limit for all segments together. Beyond it appends are refused until <see cref="FileIngestLog.Release"/> has made room.</summary>
    public long MaxBytes { get; init; } = 8L << 30;

    public LogDurability Durability { get; init; } = LogDurability.Fsync;

    /// <summary>Longest time between a write and its fsync with <see cref="LogDurability.Interval"/>: what the loss of power may cost.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    public CorruptionPolicy OnCorruption { get; init; } = CorruptionPolicy.Skip;

    /// <returns>Every mistake, each naming its setting; empty when there is none.</returns>
    public IReadOnlyList<string> Validate()
    {
        List<string> mistakes = [];
        if (string.IsNullOrWhiteSpace(Directory)) mistakes.Add("Directory: must not be empty");
        if (SegmentBytes is < 1024 or > MaxSegmentBytes) mistakes.Add($"SegmentBytes: must be between 1024 and {MaxSegmentBytes}, is {SegmentBytes}");
        if (MaxBytes < SegmentBytes) mistakes.Add($"MaxBytes: must be at least SegmentBytes ({SegmentBytes}), is {MaxBytes}");
        if (!Enum.IsDefined(Durability)) mistakes.Add($"Durability: must be Fsync or Interval, is {Durability}");
        if (SyncInterval < TimeSpan.FromMilliseconds(1) || SyncInterval > TimeSpan.FromMinutes(1)) mistakes.Add($"SyncInterval: must be between 1 ms and 1 minute, is {SyncInterval}");
        if (!Enum.IsDefined(OnCorruption)) mistakes.Add($"OnCorruption: must be Skip or Refuse, is {OnCorruption}");
        return mistakes;
    }
}
