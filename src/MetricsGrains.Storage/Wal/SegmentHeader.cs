using System.Buffers.Binary;

namespace MetricsGrains.Storage.Wal;

/// <summary>The first 64 bytes of a segment, see docs/formats/wal-segment.md.</summary>
/// <param name="Durability">How the records that follow are acknowledged.</param>
/// <param name="LogId">Random, the same in all segments of a log.</param>
/// <param name="FirstSequence">No record of the segment has a lower sequence. Also the file's name.</param>
/// <param name="PreviousFirstSequence">The segment before this one, 0 when there was none.</param>
/// <param name="PreviousLength">How many bytes of that one count. What lies beyond was refused to its sender and must not be read, even if the disk kept it.</param>
/// <param name="ReleasedNewestMs">Newest sample time of the segments deleted before this one was made; long.MinValue when none were.</param>
internal readonly record struct SegmentHeader(
    LogDurability Durability, ulong LogId, ulong FirstSequence, ulong PreviousFirstSequence, long PreviousLength, long ReleasedNewestMs)
{
    public const int Size = 64;

    public const uint Version = 1;

    private static ReadOnlySpan<byte> Magic => "MGWALSEG"u8;

    public void Write(Span<byte> to)
    {
        to[..Size].Clear();
        Magic.CopyTo(to);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(to[12..], (uint)Durability);
        BinaryPrimitives.WriteUInt64LittleEndian(to[16..], LogId);
        BinaryPrimitives.WriteUInt64LittleEndian(to[24..], FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(to[32..], PreviousFirstSequence);
        BinaryPrimitives.WriteInt64LittleEndian(to[40..], PreviousLength);
        BinaryPrimitives.WriteInt64LittleEndian(to[48..], ReleasedNewestMs);
        BinaryPrimitives.WriteUInt32LittleEndian(to[60..], Crc32C.Compute(to[..60]));
    }

    /// <param name="version">The version found, also when the answer is false; 0 when the bytes are damaged.</param>
    /// <returns>False when the bytes are damaged or of a version this program does not know.</returns>
    public static bool TryRead(ReadOnlySpan<byte> from, out SegmentHeader header, out uint version)
    {
        header = default;
        version = 0;
        if (from.Length < Size || !from.StartsWith(Magic)) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[60..]) != Crc32C.Compute(from[..60])) return false;
        version = BinaryPrimitives.ReadUInt32LittleEndian(from[8..]);
        if (version != Version) return false;
        header = new SegmentHeader(
            (LogDurability)from[12],
            BinaryPrimitives.ReadUInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[48..]));
        return true;
    }
}
