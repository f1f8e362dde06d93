namespace MetricsGrains.Storage.Wal;

/// <summary>What opening found.</summary>
/// <param name="Segments">Oldest first, all closed: appends begin a new one.</param>
internal sealed record RecoveredLog(ulong LogId, SegmentCatalog Segments, ulong NextSequence);
