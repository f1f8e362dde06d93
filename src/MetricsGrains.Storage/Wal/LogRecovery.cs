using System.Globalization;
using System.Security.Cryptography;

namespace MetricsGrains.Storage.Wal;

/// <summary>Opens a log directory: finds the segments, cuts a torn tail, and settles the next sequence.</summary>
/// <remarks>
/// Sealed segments are read by their record headers alone, which have a checksum of their own; their payloads are checked when they are read. The last
/// segment is checked whole, because only that shows where a torn write begins.
/// </remarks>
internal sealed class LogRecovery(IWalFiles files, IngestLogOptions options, LogEvents events)
{
    /// <summary>
    /// With interval durability, records that were acknowledged and applied may be missing after the loss of power. Were their sequences given
    /// out again, the new records would look like already applied ones. No segment holds more records than this, so adding it to the last record
    /// found passes every sequence that was given out. Gaps cost nothing: 2^64 / 2^25 unclean stops.
    /// </summary>
    public const ulong UncleanJump = IngestLogOptions.MaxSegmentBytes / RecordHeader.Size;

    private const int HeaderScanChunk = 8 << 10;
    private const int FullScanChunk = 512 << 10;

    private readonly DamagePolicy _damage = new(events, options.OnCorruption);

    public RecoveredLog Recover()
    {
        LogCheckpoint? checkpoint = LogCheckpoint.Load(files, options.Directory);
        List<Segment> segments = Find();
        List<SegmentHeader?> headers = segments.ConvertAll(ReadHeader);
        ulong logId = Identify(checkpoint, segments, headers);
        ulong next = DropUnfinished(segments, headers);

        long released = Math.Max(checkpoint?.ReleasedNewestMs ?? long.MinValue, headers.Max(header => header?.ReleasedNewestMs) ?? long.MinValue);
        SegmentCatalog catalog = new(segments, released);
        Scan(catalog, segments, headers, logId);

        ulong lastRecord = segments.Count == 0 ? 0 : segments.Max(segment => segment.LastRecord);
        next = Math.Max(next, NextSequence(checkpoint, segments, headers, lastRecord));
        catalog.Settle(lastRecord == 0 ? next - 1 : lastRecord);
        if (checkpoint is null) new LogCheckpoint(false, logId, next, released).Save(files, options.Directory);
        return new RecoveredLog(logId, catalog, next);
    }

    private void Scan(SegmentCatalog catalog, List<Segment> segments, List<SegmentHeader?> headers, ulong logId)
    {
        Dictionary<ulong, long> sealedLengths = [];
        foreach (SegmentHeader? header in headers)
        {
            if (header is { } known) sealedLengths[known.PreviousFirstSequence] = known.PreviousLength;
        }

        for (int i = 0; i < segments.Count; i++)
        {
            Segment segment = segments[i];
            if (headers[i] is null) _damage.MeetHeader(segment);
            if (i == segments.Count - 1) ScanLast(catalog, segment, logId);
            else ScanSealed(catalog, segment, sealedLengths.GetValueOrDefault(segment.FirstSequence, long.MaxValue), segments[i + 1].FirstSequence, logId);
        }
    }

    private List<Segment> Find()
    {
        List<Segment> segments = [];
        foreach (string path in files.List(options.Directory, Segment.Extension))
        {
            if (ulong.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out ulong first) && first > 0)
            {
                segments.Add(new Segment(path, first));
            }
        }

        segments.Sort((a, b) => a.FirstSequence.CompareTo(b.FirstSequence));
        return segments;
    }

    private SegmentHeader? ReadHeader(Segment segment)
    {
        using IWalFile file = files.Open(segment.Path, writable: false);
        segment.Length = file.Length;
        Span<byte> bytes = stackalloc byte[SegmentHeader.Size];
        int read = file.Read(0, bytes);
        if (SegmentHeader.TryRead(bytes[..read], out SegmentHeader header, out uint version)) return header;
        if (version == 0) return null;
        throw new LogCorruptException($"The log segment {segment.Path} has format version {version}; this program knows up to {SegmentHeader.Version}. Run the version that wrote it.", segment.Path, 8);
    }

    private ulong Identify(LogCheckpoint? checkpoint, List<Segment> segments, List<SegmentHeader?> headers)
    {
        ulong? logId = checkpoint?.LogId;
        for (int i = 0; i < segments.Count; i++)
        {
            if (headers[i] is not { } header) continue;
            logId ??= header.LogId;
            if (header.LogId != logId)
            {
                throw new LogCorruptException($"The segment {segments[i].Path} belongs to another log than the rest of {options.Directory}. Move it away.", segments[i].Path, 16);
            }
        }

        if (logId is { } found) return found;
        if (segments.Exists(segment => segment.Length > SegmentHeader.Size))
        {
            throw new LogCorruptException($"The log in {options.Directory} has lost its checkpoint, and no segment header is readable. Restore one of them, or move the segments away to begin a new log.", segments[0].Path, 0);
        }

        Span<byte> random = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(random);
        return BitConverter.ToUInt64(random);
    }

    /// <summary>
    /// Deletes a segment at the end whose creation was interrupted. Its header is synced before its first record is written, so one that has no
    /// header has no acknowledged record either.
    /// </summary>
    /// <returns>The lowest sequence that may come next, as far as the deleted names tell.</returns>
    private ulong DropUnfinished(List<Segment> segments, List<SegmentHeader?> headers)
    {
        ulong next = 1;
        while (segments.Count > 0 && headers[^1] is null && segments[^1].Length <= SegmentHeader.Size)
        {
            Segment last = segments[^1];
            next = Math.Max(next, last.FirstSequence);
            events.Raise(new LogEvent.TornTailCut(last.Name, 0, last.Length));
            files.Delete(last.Path);
            files.SyncDirectory(options.Directory);
            segments.RemoveAt(segments.Count - 1);
            headers.RemoveAt(headers.Count - 1);
        }

        return next;
    }

    private void ScanSealed(SegmentCatalog catalog, Segment segment, long sealedLength, ulong beforeSequence, ulong logId)
    {
        long fileLength = segment.Length;
        segment.Length = Math.Min(fileLength, sealedLength);
        using IWalFile file = files.Open(segment.Path, writable: false);
        using SegmentScanner scanner = new(file, segment.Length, logId, segment.FirstSequence, beforeSequence, ulong.MaxValue, HeaderScanChunk);
        bool damagedEnd = false;
        while (scanner.MoveNext())
        {
            damagedEnd = scanner.Damage is not null;
            if (damagedEnd) _damage.Meet(catalog, segment, scanner);
            else segment.Cover(scanner.Header.Sequence, scanner.Header.Sequence, scanner.Header.NewestMs);
        }

        if (sealedLength != long.MaxValue && fileLength < sealedLength && !damagedEnd)
        {
            _damage.Meet(catalog, segment, fileLength, sealedLength - fileLength, default, "the file is shorter than it was");
        }
    }

    private void ScanLast(SegmentCatalog catalog, Segment segment, ulong logId)
    {
        using IWalFile file = files.Open(segment.Path, writable: true);
        using SegmentScanner scanner = new(file, segment.Length, logId, segment.FirstSequence, ulong.MaxValue, 0, FullScanChunk);
        List<(long Offset, long Bytes, RecordHeader Header, string Reason)> unsettled = [];
        long goodEnd = SegmentHeader.Size;
        while (scanner.MoveNext())
        {
            if (scanner.Damage is { } reason)
            {
                unsettled.Add((scanner.Offset, scanner.NextOffset - scanner.Offset, scanner.Header, reason));
                continue;
            }

            // A good record after the damage: so it isn't the tail.
            foreach ((long offset, long bytes, RecordHeader header, string why) in unsettled) _damage.Meet(catalog, segment, offset, bytes, header, why);
            unsettled.Clear();
            goodEnd = scanner.NextOffset;
            segment.Cover(scanner.Header.Sequence, scanner.Header.Sequence, scanner.Header.NewestMs);
        }

        if (goodEnd < segment.Length)
        {
            events.Raise(new LogEvent.TornTailCut(segment.Name, goodEnd, segment.Length - goodEnd));
            file.SetLength(goodEnd);
            segment.Length = goodEnd;
        }

        // Records a killed process left in the page cache count as durable from here on, so make them so.
        file.Sync();
    }

    private static ulong NextSequence(LogCheckpoint? checkpoint, List<Segment> segments, List<SegmentHeader?> headers, ulong lastRecord)
    {
        ulong next = Math.Max(checkpoint?.NextSequence ?? 1, lastRecord + 1);
        if (segments.Count == 0) return next;
        next = Math.Max(next, segments[^1].FirstSequence);
        bool closedInOrder = checkpoint is { Clean: true } known && segments[^1].FirstSequence < known.NextSequence;
        bool synced = headers[^1] is { Durability: LogDurability.Fsync };
        return closedInOrder || synced ? next : next + UncleanJump;
    }
}
