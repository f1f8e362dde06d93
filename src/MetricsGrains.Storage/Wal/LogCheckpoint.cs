using System.Buffers.Binary;

namespace MetricsGrains.Storage.Wal;

/// <summary>What must outlive the segments: a file of 48 bytes, replaced as a whole. See docs/formats/wal-segment.md.</summary>
/// <param name="Clean">The log was closed in order: everything was synced and no sequence beyond <see cref="NextSequence"/> was given out.</param>
/// <param name="NextSequence">A lower bound of the next sequence.</param>
/// <param name="ReleasedNewestMs">Newest sample time of all segments deleted so far; long.MinValue when none were.</param>
internal readonly record struct LogCheckpoint(bool Clean, ulong LogId, ulong NextSequence, long ReleasedNewestMs)
{
    public const int Size = 48;

    public const uint Version = 1;

    public const string FileName = "checkpoint";

    private static ReadOnlySpan<byte> Magic => "MGWALCKP"u8;

    public void Write(Span<byte> to)
    {
        to[..Size].Clear();
        Magic.CopyTo(to);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(to[12..], Clean ? 1u : 0u);
        BinaryPrimitives.WriteUInt64LittleEndian(to[16..], LogId);
        BinaryPrimitives.WriteUInt64LittleEndian(to[24..], NextSequence);
        BinaryPrimitives.WriteInt64LittleEndian(to[32..], ReleasedNewestMs);
        BinaryPrimitives.WriteUInt32LittleEndian(to[44..], Crc32C.Compute(to[..44]));
    }

    /// <returns>False when the bytes are damaged or of a version this program does not know.</returns>
    public static bool TryRead(ReadOnlySpan<byte> from, out LogCheckpoint checkpoint)
    {
        checkpoint = default;
        if (from.Length < Size || !from.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(from[8..]) != Version) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[44..]) != Crc32C.Compute(from[..44])) return false;
        checkpoint = new LogCheckpoint(
            (from[12] & 1) != 0,
            BinaryPrimitives.ReadUInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[32..]));
        return true;
    }

    /// <summary>Replaces the checkpoint. Durable, old or new and never a mixture, whenever the machine stops.</summary>
    public void Save(IWalFiles files, string directory)
    {
        byte[] bytes = new byte[Size];
        Write(bytes);
        DurableFile.Replace(files, Path.Combine(directory, FileName), bytes);
    }

    /// <returns>Null when there is none.</returns>
    /// <exception cref="LogCorruptException">It is there and can't be read.</exception>
    public static LogCheckpoint? Load(IWalFiles files, string directory)
    {
        string path = Path.Combine(directory, FileName);
        if (!files.Exists(path)) return null;
        using IWalFile file = files.Open(path, writable: false);
        Span<byte> bytes = stackalloc byte[Size];
        int read = file.Read(0, bytes);
        if (TryRead(bytes[..read], out LogCheckpoint checkpoint)) return checkpoint;
        throw new LogCorruptException(
            $"The log's checkpoint {path} is damaged, or was written by a newer version. If the segments beside it are whole, delete the checkpoint: all but the numbers of deleted segments is found again in them.", path, 0);
    }
}
