using System.Numerics;
using System.Runtime.CompilerServices;

namespace MetricsGrains.Core.Model;

/// <summary>LEB128 variable-length integers (7 bits a byte, low bits first), and ZigZag for signed ones. Source: the Protocol Buffers encoding guide.</summary>
public static class Varint
{
    public const int MaxLength = 10;

    public static int LengthOf(ulong value) => (70 - BitOperations.LeadingZeroCount(value | 1)) / 7;

    /// <returns>Bytes written, at most <see cref="MaxLength"/>. <paramref name="destination"/> must have room for them.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Write(Span<byte> destination, ulong value)
    {
        int i = 0;
        while (value >= 0x80)
        {
            destination[i++] = (byte)(value | 0x80);
            value >>= 7;
        }
        destination[i++] = (byte)value;
        return i;
    }

    /// <summary>Writes at <paramref name="position"/> and moves past it. The destination need only have room for the number itself.</summary>
    public static void Write(Span<byte> destination, ref int position, ulong value) => position += Write(destination[position..], value);

    /// <summary>Reads at <paramref name="position"/> and moves past it. Where a number has one form only, equal contents are equal bytes.</summary>
    /// <returns>False when the bytes end too early, the value needs more than 64 bits or is not in its shortest form.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadShortest(ReadOnlySpan<byte> source, ref int position, out ulong value)
    {
        if ((uint)position < (uint)source.Length && source[position] < 0x80)
        {
            value = source[position++];
            return true;
        }
        int used = ReadLong(source[position..], out value);
        position += used;
        return used > 1 && source[position - 1] != 0;
    }

    /// <returns>Bytes read, or 0 when the bytes end too early or the value needs more than 64 bits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(ReadOnlySpan<byte> source, out ulong value)
    {
        if (source.Length > 0 && source[0] < 0x80)
        {
            value = source[0];
            return 1;
        }
        return ReadLong(source, out value);
    }

    private static int ReadLong(ReadOnlySpan<byte> source, out ulong value)
    {
        value = 0;
        int limit = Math.Min(source.Length, MaxLength);
        for (int i = 0; i < limit; i++)
        {
            byte b = source[i];
            if (i == MaxLength - 1 && b > 1)
            {
                return 0;
            }
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
            {
                return i + 1;
            }
        }
        return 0;
    }

    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
