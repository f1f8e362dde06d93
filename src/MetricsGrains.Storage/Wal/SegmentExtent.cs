namespace MetricsGrains.Storage.Wal;

/// <summary>The part of a segment one read covers.</summary>
/// <param name="Length">Bytes of the file, header included.</param>
/// <param name="BeforeSequence">Every record's sequence is below this: where the next segment begins.</param>
internal readonly record struct SegmentExtent(Segment Segment, long Length, ulong BeforeSequence);
