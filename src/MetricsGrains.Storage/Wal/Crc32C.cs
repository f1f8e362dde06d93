using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace MetricsGrains.Storage.Wal;

/// <summary>
/// CRC-32C (Castagnoli), RFC 3720 appendix B.4. <see cref="BitOperations"/> uses the SSE4.2 or ARM instruction where there is one and a table elsewhere.
/// </summary>
internal static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> bytes) => ~Append(uint.MaxValue, bytes);

    /// <summary>The checksum of <paramref name="prefix"/>'s eight little-endian bytes followed by <paramref name="bytes"/>.</summary>
    public static uint Compute(ulong prefix, ReadOnlySpan<byte> bytes) => ~Append(BitOperations.Crc32C(uint.MaxValue, prefix), bytes);

    private static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        if (BitConverter.IsLittleEndian)
        {
            foreach (ulong word in words) state = BitOperations.Crc32C(state, word);
        }
        else
        {
            foreach (ulong word in words) state = BitOperations.Crc32C(state, BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (byte rest in bytes[(words.Length * sizeof(ulong))..]) state = BitOperations.Crc32C(state, rest);
        return state;
    }
}
