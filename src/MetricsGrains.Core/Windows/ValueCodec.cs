using System.Numerics;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Windows;

/// <summary>What the decimals of one figure have in common throughout a block: their places, and the bits their differences mostly need.</summary>
/// <param name="Scale">Index into the powers of ten.</param>
/// <param name="Width">1…63; 0: the figure is never written as a usual decimal.</param>
internal readonly record struct DecimalFrame(int Scale, int Width)
{
    public const int ScaleBits = 2;
    public const int WidthBits = 6;
}

/// <summary>
/// Lossless compression of one double against a reference (the same figure of the window before). The forms:
/// <c>0</c> equal; <c>100</c> a decimal in the block's frame, the difference of the scaled integers in as many bits as are usual there;
/// <c>101</c> any other decimal of up to three places, its difference in nibbles; <c>11</c> XOR with leading zeros left out: nine of them, or as many nibbles
/// as are said. Metrics are mostly short decimals, for which a difference takes one or two bytes where Gorilla's XOR takes seven.
/// Source of the XOR form: Pelkonen et al., "Gorilla", VLDB 2015.
/// </summary>
internal static class ValueCodec
{
    private const double LargestScaled = 1L << 50;

    /// <summary>Sign and all but the last three bits of the exponent: what values of one order of magnitude have in common.</summary>
    private const int UsualZeros = 9;

    /// <summary>From here on the nibbles that are left out outweigh the four bits that say how many.</summary>
    private const int UsualZerosEnd = 16;

    private static ReadOnlySpan<double> Scales => [1, 10, 100, 1000];

    public static void Write(BitWriter bits, double value, double reference, DecimalFrame frame)
    {
        ulong raw = BitConverter.DoubleToUInt64Bits(value), referenceRaw = BitConverter.DoubleToUInt64Bits(reference);
        if (raw == referenceRaw)
        {
            bits.Write(0, 1);
            return;
        }
        if (frame.Width > 0 && TryScale(value, frame.Scale, out long scaled) && LengthOf(Difference(scaled, reference, frame.Scale)) <= frame.Width)
        {
            bits.Write(0b100, 3);
            bits.Write(Difference(scaled, reference, frame.Scale), frame.Width);
            return;
        }
        if (TryScale(value, out int scale, out scaled))
        {
            ulong difference = Difference(scaled, reference, scale);
            int nibbles = (LengthOf(difference) + 3) / 4;
            bits.Write((0b101UL << 2) | (uint)scale, 5);
            bits.Write((ulong)nibbles - 1, 4);
            bits.Write(difference, nibbles * 4);
            return;
        }
        WriteXor(bits, raw ^ referenceRaw);
    }

    public static double Read(ref BitReader bits, double reference, DecimalFrame frame)
    {
        if (!bits.ReadBit())
        {
            return reference;
        }
        if (bits.ReadBit())
        {
            int kept = bits.ReadBit() ? 64 - ((int)bits.Read(4) * 4) : 64 - UsualZeros;
            return BitConverter.UInt64BitsToDouble(bits.Read(kept) ^ BitConverter.DoubleToUInt64Bits(reference));
        }
        int scale = frame.Scale, width = frame.Width;
        if (bits.ReadBit())
        {
            scale = (int)bits.Read(2);
            width = ((int)bits.Read(4) + 1) * 4;
        }
        return (ScaledReference(reference, scale) + Varint.UnZigZag(bits.Read(width))) / Scales[scale];
    }

    /// <summary>The frame in which a figure's values, each against the one before, take the fewest bits.</summary>
    /// <param name="values">In time order; the first is held against 0.</param>
    public static DecimalFrame FrameOf(ReadOnlySpan<double> values)
    {
        int scale = 0;
        foreach (double value in values)
        {
            if (TryScale(value, out int own, out _))
            {
                scale = Math.Max(scale, own);
            }
        }
        Span<int> lengths = stackalloc int[65];
        double reference = 0;
        foreach (double value in values)
        {
            bool differs = BitConverter.DoubleToInt64Bits(value) != BitConverter.DoubleToInt64Bits(reference);
            if (differs && TryScale(value, scale, out long scaled))
            {
                lengths[LengthOf(Difference(scaled, reference, scale))]++;
            }
            reference = value;
        }
        return new DecimalFrame(scale, CheapestWidth(lengths));
    }

    private static int CheapestWidth(ReadOnlySpan<int> lengths)
    {
        const int nibbleForm = 5 + 4;
        int best = 0, bestCost = int.MaxValue;
        for (int width = 0; width < 64; width++)
        {
            // Between two lengths that occur no width is better than the lower one.
            if (width > 0 && lengths[width] == 0)
            {
                continue;
            }
            int cost = 0;
            for (int length = 1; length < lengths.Length; length++)
            {
                cost += lengths[length] * (length <= width ? 3 + width : nibbleForm + ((length + 3) / 4 * 4));
            }
            if (cost < bestCost)
            {
                (best, bestCost) = (width, cost);
            }
        }
        return best;
    }

    private static void WriteXor(BitWriter bits, ulong xor)
    {
        int zeros = BitOperations.LeadingZeroCount(xor);
        if (zeros is >= UsualZeros and < UsualZerosEnd)
        {
            bits.Write(0b110, 3);
            bits.Write(xor, 64 - UsualZeros);
            return;
        }
        int zeroNibbles = Math.Min(15, zeros / 4);
        bits.Write((0b111UL << 4) | (uint)zeroNibbles, 7);
        bits.Write(xor, 64 - (zeroNibbles * 4));
    }

    private static ulong Difference(long scaled, double reference, int scale) => Varint.ZigZag(scaled - ScaledReference(reference, scale));

    private static int LengthOf(ulong difference) => 64 - BitOperations.LeadingZeroCount(difference | 1);

    /// <summary>The fewest places that hold the value exactly.</summary>
    private static bool TryScale(double value, out int scale, out long scaled)
    {
        for (scale = 0; scale < Scales.Length; scale++)
        {
            if (TryScale(value, scale, out scaled))
            {
                return true;
            }
        }
        scaled = 0;
        return false;
    }

    private static bool TryScale(double value, int scale, out long scaled)
    {
        double product = Math.Round(value * Scales[scale]);
        scaled = Math.Abs(product) < LargestScaled ? (long)product : 0;
        return Math.Abs(product) < LargestScaled && BitConverter.DoubleToInt64Bits(scaled / Scales[scale]) == BitConverter.DoubleToInt64Bits(value);
    }

    /// <summary>Any integer that writer and reader agree on would do; the nearest makes the difference small.</summary>
    private static long ScaledReference(double reference, int scale)
    {
        double product = Math.Round(reference * Scales[scale]);
        return Math.Abs(product) < LargestScaled ? (long)product : 0;
    }
}
