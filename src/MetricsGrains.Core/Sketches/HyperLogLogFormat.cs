using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Sketches;

/// <summary>Version 1 of a <see cref="HyperLogLog"/>'s bytes, drawn in docs/formats/hyperloglog.md.</summary>
internal static class HyperLogLogFormat
{
    public const byte Version = 1;
    public const byte SparseForm = 0;
    public const byte DenseForm = 1;
    public const int HeaderLength = 2;
    public const int DenseLength = HeaderLength + Registers / 4 * 3;

    private const int Registers = 1 << HyperLogLog.Precision;

    /// <summary>No sparse form of so many entries is longer.</summary>
    // An entry is a gap of at most 2^25, four bytes, and at most one of rank.
    public static int MaxSparseLength(int entries) => HeaderLength + Varint.LengthOf((ulong)entries) + entries * 5;

    /// <param name="encoded">At least <see cref="DenseLength"/> bytes.</param>
    /// <returns>How many bytes were written.</returns>
    public static int WriteDense(Span<byte> encoded, ReadOnlySpan<byte> registers)
    {
        encoded[0] = Version;
        encoded[1] = DenseForm;
        for (int from = 0, to = HeaderLength; from < Registers; from += 4, to += 3)
        {
            int four = registers[from] | (registers[from + 1] << 6) | (registers[from + 2] << 12) | (registers[from + 3] << 18);
            encoded[to] = (byte)four;
            encoded[to + 1] = (byte)(four >> 8);
            encoded[to + 2] = (byte)(four >> 16);
        }

        return DenseLength;
    }

    /// <returns>Null when the length is wrong or a register holds a rank that no hash has.</returns>
    public static byte[]? ReadDense(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length != DenseLength) return null;
        var registers = new byte[Registers];
        for (int from = HeaderLength, to = 0; to < Registers; from += 3, to += 4)
        {
            int four = encoded[from] | (encoded[from + 1] << 8) | (encoded[from + 2] << 16);
            for (int i = 0; i < 4; i++, four >>= 6)
            {
                int rank = four & 63;
                if (rank > HyperLogLogRegister.MaxRank) return null;
                registers[to + i] = (byte)rank;
            }
        }

        return registers;
    }

    /// <param name="encoded">At least <see cref="MaxSparseLength"/> bytes.</param>
    /// <returns>How many bytes were written.</returns>
    public static int WriteSparse(Span<byte> encoded, ReadOnlySpan<uint> entries)
    {
        encoded[0] = Version;
        encoded[1] = SparseForm;
        int position = HeaderLength;
        Varint.Write(encoded, ref position, (ulong)entries.Length);
        long previous = -1;
        foreach (uint entry in entries)
        {
            uint index = entry >> HyperLogLogRegister.RankBits;
            Varint.Write(encoded, ref position, (ulong)(index - previous - 1));
            if (HyperLogLogRegister.HasRank(index)) encoded[position++] = (byte)(entry & ((1 << HyperLogLogRegister.RankBits) - 1));
            previous = index;
        }

        return position;
    }

    /// <returns>Null when the bytes are not exactly one sparse form.</returns>
    public static uint[]? ReadSparse(ReadOnlySpan<byte> encoded)
    {
        int position = HeaderLength;
        if (!Varint.TryReadShortest(encoded, ref position, out ulong promised)) return null;
        // An entry takes a byte or more, and a greater number would have been dense.
        if (promised > HyperLogLog.MaxSparseEntries || (int)promised > encoded.Length - position) return null;
        var entries = new uint[(int)promised];
        long previous = -1;
        for (int i = 0; i < entries.Length; i++)
        {
            if (!Varint.TryReadShortest(encoded, ref position, out ulong gap) || gap >= 1UL << HyperLogLogRegister.SparsePrecision) return null;
            long index = previous + 1 + (long)gap;
            if (index >= 1L << HyperLogLogRegister.SparsePrecision) return null;
            byte rank = 0;
            if (HyperLogLogRegister.HasRank((uint)index))
            {
                if (position == encoded.Length) return null;
                rank = encoded[position++];
                if (rank is 0 or > HyperLogLogRegister.MaxSparseRank) return null;
            }

            entries[i] = ((uint)index << HyperLogLogRegister.RankBits) | rank;
            previous = index;
        }

        return position == encoded.Length ? entries : null;
    }
}
