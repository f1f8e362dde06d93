namespace MetricsGrains.Core.Sketches;

/// <summary>
/// Unsigned LEB128: seven bits a byte, lowest first, the high bit set on all bytes but the last. A number has exactly one
/// encoding here (the shortest), so equal sketches are equal bytes.
/// </summary>
internal static class VarInt
{
    public const int MaxLength = 10;

    public static int Length(ulong value) => (70 - System.Numerics.BitOperations.LeadingZeroCount(value | 1)) / 7;

    /// <summary>Writes the number at <paramref name="position"/> and moves past it. The destination must have room.</summary>
    public static void Write(Span<byte> destination, ref int position, ulong value)
    {
        while (value >= 0x80)
        {
            destination[position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[position++] = (byte)value;
    }

    /// <returns>False when the source ends within the number, the number exceeds 64 bits or is not in its shortest form.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, ref int position, out ulong value)
    {
        value = 0;
        for (int read = 0; read < MaxLength && position < source.Length; read++)
        {
            byte part = source[position++];
            // The tenth byte has one bit of the number left to give.
            if (read == MaxLength - 1 && part > 1) return false;
            value |= (ulong)(part & 0x7F) << (7 * read);
            if (part < 0x80) return part != 0 || read == 0;
        }

        return false;
    }
}
