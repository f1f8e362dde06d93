using System.Buffers.Binary;

namespace MetricsGrains.Server.Cluster;

/// <summary>The binary form of holdings: for each the metric's hash, the epoch, and the record needed (0: none), 8 bytes each, little endian, and whether it is in step (1 or 0), behind a version byte.</summary>
public static class HoldingsFormat
{
    private const byte Version = 1;
    private const int Size = 25;

    public static byte[] Encode(IReadOnlyList<Holding> holdings)
    {
        byte[] bytes = new byte[1 + (holdings.Count * Size)];
        bytes[0] = Version;
        for (int i = 0; i < holdings.Count; i++)
        {
            Span<byte> at = bytes.AsSpan(1 + (i * Size));
            BinaryPrimitives.WriteUInt64LittleEndian(at, holdings[i].MetricHash);
            BinaryPrimitives.WriteUInt64LittleEndian(at[8..], holdings[i].Epoch);
            // Sequences begin at 1.
            BinaryPrimitives.WriteUInt64LittleEndian(at[16..], holdings[i].NeededFrom ?? 0);
            at[24] = holdings[i].IsInStep ? (byte)1 : (byte)0;
        }
        return bytes;
    }

    /// <exception cref="FormatException">Damaged, or a newer version.</exception>
    public static IReadOnlyList<Holding> Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] != Version || (bytes.Length - 1) % Size != 0)
        {
            throw new FormatException($"holdings of {bytes.Length} bytes that this version can't read");
        }
        var holdings = new Holding[(bytes.Length - 1) / Size];
        for (int i = 0; i < holdings.Length; i++)
        {
            ReadOnlySpan<byte> at = bytes[(1 + (i * Size))..];
            ulong needed = BinaryPrimitives.ReadUInt64LittleEndian(at[16..]);
            holdings[i] = new Holding(BinaryPrimitives.ReadUInt64LittleEndian(at), BinaryPrimitives.ReadUInt64LittleEndian(at[8..]), needed == 0 ? null : needed, at[24] != 0);
        }
        return holdings;
    }
}
