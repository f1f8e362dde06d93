using System.Numerics;

namespace MetricsGrains.Core.Windows;

/// <summary>
/// Lossless compression of one double against a reference (the same figure of the window before). Three forms:
/// <c>0</c> equal; <c>10</c> a decimal of up to three places, as the difference of the scaled integers; <c>11</c> XOR with leading zeros
/// left out: nine of them, or as many nibbles as are said. Metrics are mostly short decimals, for which the second form takes two or three bytes where Gorilla's XOR takes seven.
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

    public static void Write(BitWriter bits, double value, double reference)
    {
        ulong raw = BitConverter.DoubleToUInt64Bits(value), referenceRaw = BitConverter.DoubleToUInt64Bits(reference);
        if (raw == referenceRaw)
        {
            bits.Write(0, 1);
            return;
        }
        if (TryScale(value, out int scale, out long scaled))
        {
            ulong difference = Model.Varint.ZigZag(scaled - ScaledReference(reference, scale));
            int nibbles = (67 - BitOperations.LeadingZeroCount(difference | 1)) / 4;
            bits.Write((0b10UL << 2) | (uint)scale, 4);
            bits.Write((ulong)nibbles - 1, 4);
            bits.Write(difference, nibbles * 4);
            return;
        }
        ulong xor = raw ^ referenceRaw;
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

    public static double Read(ref BitReader bits, double reference)
    {
        if (!bits.ReadBit())
        {
            return reference;
        }
        if (!bits.ReadBit())
        {
            int scale = (int)bits.Read(2);
            int nibbles = (int)bits.Read(4) + 1;
            long scaled = ScaledReference(reference, scale) + Model.Varint.UnZigZag(bits.Read(nibbles * 4));
            return scaled / Scales[scale];
        }
        if (!bits.ReadBit())
        {
            return BitConverter.UInt64BitsToDouble(bits.Read(64 - UsualZeros) ^ BitConverter.DoubleToUInt64Bits(reference));
        }
        int zeroNibbles = (int)bits.Read(4);
        return BitConverter.UInt64BitsToDouble(bits.Read(64 - (zeroNibbles * 4)) ^ BitConverter.DoubleToUInt64Bits(reference));
    }

    private static bool TryScale(double value, out int scale, out long scaled)
    {
        for (scale = 0; scale < Scales.Length; scale++)
        {
            double product = Math.Round(value * Scales[scale]);
            if (!(Math.Abs(product) < LargestScaled))
            {
                break;
            }
            scaled = (long)product;
            if (BitConverter.DoubleToInt64Bits(scaled / Scales[scale]) == BitConverter.DoubleToInt64Bits(value))
            {
                return true;
            }
        }
        scaled = 0;
        return false;
    }

    /// <summary>Any integer that writer and reader agree on would do; the nearest makes the difference small.</summary>
    private static long ScaledReference(double reference, int scale)
    {
        double product = Math.Round(reference * Scales[scale]);
        return Math.Abs(product) < LargestScaled ? (long)product : 0;
    }
}
