namespace MetricsGrains.Storage.Wal;

/// <summary>Reports damage in the middle of the log, once a place, and decides whether to go on.</summary>
internal sealed class DamagePolicy(LogEvents events, CorruptionPolicy policy)
{
    /// <exception cref="LogCorruptException">The policy is to refuse.</exception>
    public void Meet(SegmentCatalog catalog, Segment segment, SegmentScanner scanner) =>
        Meet(catalog, segment, scanner.Offset, scanner.NextOffset - scanner.Offset, scanner.Header, scanner.Damage!);

    /// <param name="header">Of the damaged record; default when unreadable.</param>
    /// <exception cref="LogCorruptException">The policy is to refuse.</exception>
    public void Meet(SegmentCatalog catalog, Segment segment, long offset, long bytes, RecordHeader header, string reason)
    {
        ulong? sequence = header.Sequence == 0 ? null : header.Sequence;
        if (catalog.CountCorrupt(segment, offset)) events.Raise(new LogEvent.RecordCorrupt(segment.Name, offset, bytes, sequence, reason));
        if (policy == CorruptionPolicy.Refuse) throw Refusal(segment, offset, reason);
    }

    /// <exception cref="LogCorruptException">The policy is to refuse.</exception>
    public void MeetHeader(Segment segment)
    {
        events.Raise(new LogEvent.SegmentHeaderCorrupt(segment.Name));
        if (policy == CorruptionPolicy.Refuse) throw Refusal(segment, 0, "segment header damaged");
    }

    private static LogCorruptException Refusal(Segment segment, long offset, string reason) =>
        new($"The log segment {segment.Path} is damaged at byte {offset}: {reason}. Restore the file, or set MetricsGrains:Log:OnCorruption to Skip to go on without what is damaged.", segment.Path, offset);
}
