using System.Buffers.Binary;

namespace MetricsGrains.Storage.Wal;

/// <summary>
/// The 32 bytes before a record's payload, see docs/formats/wal-segment.md. The header has a checksum of its own, so that a damaged payload can be
/// stepped over exactly, and opening the log reads headers alone and can still trust them.
/// </summary>
internal readonly record struct RecordHeader(uint Length, uint PayloadCrc, ulong Sequence, long NewestMs)
{
    public const int Size = 32;

    /// <summary>Largest payload. A length beyond it is damage.</summary>
    public const int MaxPayloadBytes = 64 << 20;

    public static ReadOnlySpan<byte> Magic => "MGR1"u8;

    /// <param name="logId">Part of the checksum but not of the header: bytes inside a payload can't pass for a record unless their author knows it.</param>
    public void Write(Span<byte> to, ulong logId)
    {
        Magic.CopyTo(to);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(to[12..], PayloadCrc);
        BinaryPrimitives.WriteUInt64LittleEndian(to[16..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], NewestMs);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], Crc32C.Compute(logId, to[8..Size]));
    }

    /// <returns>False when the bytes are not an intact record header of this log.</returns>
    public static bool TryRead(ReadOnlySpan<byte> from, ulong logId, out RecordHeader header)
    {
        header = default;
        if (from.Length < Size || !from.StartsWith(Magic)) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[4..]) != Crc32C.Compute(logId, from[8..Size])) return false;
        header = new RecordHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(from[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[24..]));
        return header.Length <= MaxPayloadBytes;
    }
}
