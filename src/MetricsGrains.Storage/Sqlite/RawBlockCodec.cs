using System.Numerics;
using MetricsGrains.Core.Model;
using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>
/// The stored form of a raw block, version 1: delta-of-delta times and XOR-ed values, bit for bit lossless. Drawn in
/// docs/formats/raw-block.md. Source: Pelkonen et al., "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015,
/// with wider time classes because ours are in milliseconds.
/// </summary>
internal static class RawBlockCodec
{
    public const byte Version = 1;

    /// <summary>Samples a stored block may hold; longer blocks are stored in parts. Bounds what decoding allocates.</summary>
    public const int MaxSamples = 65_536;

    private const byte HasWeights = 1;

    /// <summary>Encodes samples [from, from + count).</summary>
    /// <exception cref="ArgumentException">Times are out of order, or lengths differ.</exception>
    public static byte[] Encode(IReadOnlyList<long> times, IReadOnlyList<double> values, IReadOnlyList<double>? weights, int from, int count, BitWriter bits)
    {
        if (count is < 1 or > MaxSamples || values.Count != times.Count || (weights is not null && weights.Count != times.Count))
        {
            throw new ArgumentException($"BUG: a raw block of {times.Count} times and {values.Count} values, {count} of them to encode", nameof(times));
        }
        Span<byte> head = stackalloc byte[2 + (2 * Varint.MaxLength)];
        head[0] = Version;
        head[1] = weights is null ? (byte)0 : HasWeights;
        int length = 2 + Varint.Write(head[2..], (ulong)count);
        length += Varint.Write(head[length..], Varint.ZigZag(times[from]));
        bits.Clear();
        WriteTimes(times, from, count, bits);
        WriteDoubles(values, from, count, bits);
        if (weights is not null)
        {
            WriteDoubles(weights, from, count, bits);
        }
        return [.. head[..length], .. bits.Finish()];
    }

    /// <summary>Decodes foreign bytes. Allocates at most 24 bytes a sample, and there is no sample without two bits of input.</summary>
    /// <returns>False: the bytes are damaged.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> block, out RawSamples samples)
    {
        samples = default;
        if (block.Length < 2 || block[0] != Version || block[1] > HasWeights)
        {
            return false;
        }
        int at = 2;
        int used = Varint.Read(block[at..], out ulong count);
        at += used;
        if (used == 0 || count is 0 or > MaxSamples)
        {
            return false;
        }
        used = Varint.Read(block[at..], out ulong first);
        at += used;
        bool weighted = block[1] == HasWeights;
        // The first sample costs 64 bits a stream, every other one at least one bit a stream.
        ulong need = (count - 1) * (weighted ? 3u : 2u) + (weighted ? 128u : 64u);
        if (used == 0 || (ulong)(block.Length - at) * 8 < need)
        {
            return false;
        }
        var bits = new BitReader(block[at..]);
        var times = new long[count];
        var values = new double[count];
        double[]? weights = weighted ? new double[count] : null;
        if (!TryReadTimes(ref bits, Varint.UnZigZag(first), times) || !TryReadDoubles(ref bits, values) || (weights is not null && !TryReadDoubles(ref bits, weights)) || !bits.AtEnd)
        {
            return false;
        }
        samples = new RawSamples(times, values, weights);
        return true;
    }

    private static void WriteTimes(IReadOnlyList<long> times, int from, int count, BitWriter bits)
    {
        long previous = times[from];
        long delta = 0;
        for (int i = from + 1; i < from + count; i++)
        {
            if (times[i] < previous)
            {
                throw new ArgumentException($"BUG: raw samples out of time order: {times[i]} after {previous}", nameof(times));
            }
            long next = unchecked(times[i] - previous);
            ulong change = Varint.ZigZag(unchecked(next - delta));
            (ulong prefix, int prefixBits, int valueBits) = change switch
            {
                0 => (0b0ul, 1, 0),
                < 1ul << 7 => (0b10ul, 2, 7),
                < 1ul << 12 => (0b110ul, 3, 12),
                < 1ul << 20 => (0b1110ul, 4, 20),
                _ => (0b1111ul, 4, 64),
            };
            bits.Write(prefix, prefixBits);
            bits.Write(change, valueBits);
            previous = times[i];
            delta = next;
        }
    }

    private static bool TryReadTimes(ref BitReader bits, long first, long[] times)
    {
        times[0] = first;
        long delta = 0;
        for (int i = 1; i < times.Length; i++)
        {
            int ones = 0;
            while (ones < 4 && bits.Read(1) == 1)
            {
                ones++;
            }
            int width = ones switch { 0 => 0, 1 => 7, 2 => 12, 3 => 20, _ => 64 };
            delta = unchecked(delta + Varint.UnZigZag(bits.Read(width)));
            times[i] = unchecked(times[i - 1] + delta);
            if (bits.Overrun || times[i] < times[i - 1])
            {
                return false;
            }
        }
        return true;
    }

    private static void WriteDoubles(IReadOnlyList<double> values, int from, int count, BitWriter bits)
    {
        ulong previous = BitConverter.DoubleToUInt64Bits(values[from]);
        bits.Write(previous, 64);
        int lead = 0, width = 0;
        for (int i = from + 1; i < from + count; i++)
        {
            ulong current = BitConverter.DoubleToUInt64Bits(values[i]);
            ulong xor = current ^ previous;
            previous = current;
            if (xor == 0)
            {
                bits.Write(0, 1);
                continue;
            }
            int zerosBefore = Math.Min(31, BitOperations.LeadingZeroCount(xor));
            int zerosAfter = BitOperations.TrailingZeroCount(xor);
            if (width > 0 && zerosBefore >= lead && zerosAfter >= 64 - lead - width)
            {
                bits.Write(0b10, 2);
            }
            else
            {
                lead = zerosBefore;
                width = 64 - zerosBefore - zerosAfter;
                bits.Write(0b11, 2);
                bits.Write((ulong)lead, 5);
                bits.Write((ulong)(width - 1), 6);
            }
            bits.Write(xor >> (64 - lead - width), width);
        }
    }

    private static bool TryReadDoubles(ref BitReader bits, double[] values)
    {
        ulong current = bits.Read(64);
        values[0] = BitConverter.UInt64BitsToDouble(current);
        int lead = 0, width = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (bits.Read(1) == 1)
            {
                if (bits.Read(1) == 1)
                {
                    lead = (int)bits.Read(5);
                    width = (int)bits.Read(6) + 1;
                }
                if (width == 0 || lead + width > 64)
                {
                    return false;
                }
                current ^= bits.Read(width) << (64 - lead - width);
            }
            values[i] = BitConverter.UInt64BitsToDouble(current);
        }
        return !bits.Overrun;
    }
}
