namespace MetricsGrains.Core.Sketches;

/// <summary>
/// The mapping between a positive double and its bucket of base 2^(1/64): bucket <c>i</c> holds the values in
/// (2^(i/64), 2^((i+1)/64)], lower bound exclusive and upper bound inclusive, as OpenTelemetry's exponential histogram
/// (scale 6) says. A Prometheus native histogram of schema 6 numbers the same bucket <c>i + 1</c>.
/// Coarser scales are arithmetic right shifts of this index.
/// </summary>
/// <remarks>Source: OpenTelemetry metrics data model, "ExponentialHistogram", the lookup-table mapping.</remarks>
internal static class ExponentialIndex
{
    /// <summary>log2 of the buckets per power of two.</summary>
    public const int Scale = 6;

    /// <summary>Index of <see cref="double.Epsilon"/>, 2^-1074: the smallest there is.</summary>
    public const int Min = -1074 * 64 - 1;

    /// <summary>Index of <see cref="double.MaxValue"/>: the largest there is.</summary>
    public const int Max = 1023 * 64 + 63;

    private const int MantissaBits = 52;
    private const ulong MantissaMask = (1UL << MantissaBits) - 1;
    private const int CellBits = 7;

    /// <summary>
    /// floor((2^(k/64) - 1) * 2^52). All but k = 0 are irrational, so a mantissa lies above the true boundary exactly when
    /// it is greater than the floor: comparing integers is exact where Math.Log is off by one near a boundary.
    /// The last is a sentinel no mantissa exceeds. An array, because a span over constants wider than a byte is only free of
    /// allocation where the JIT optimises.
    /// </summary>
    private static readonly ulong[] Boundaries =
    [
        0x0000000000000UL, 0x02C9A3E778060UL, 0x059B0D3158574UL, 0x0874518759BC8UL,
        0x0B5586CF9890FUL, 0x0E3EC32D3D1A2UL, 0x11301D0125B50UL, 0x1429AAEA92DDFUL,
        0x172B83C7D517AUL, 0x1A35BEB6FCB75UL, 0x1D4873168B9AAUL, 0x2063B88628CD6UL,
        0x2387A6E756238UL, 0x26B4565E27CDDUL, 0x29E9DF51FDEE1UL, 0x2D285A6E4030BUL,
        0x306FE0A31B715UL, 0x33C08B26416FFUL, 0x371A7373AA9CAUL, 0x3A7DB34E59FF6UL,
        0x3DEA64C123422UL, 0x4160A21F72E29UL, 0x44E086061892DUL, 0x486A2B5C13CD0UL,
        0x4BFDAD5362A27UL, 0x4F9B2769D2CA6UL, 0x5342B569D4F81UL, 0x56F4736B527DAUL,
        0x5AB07DD485429UL, 0x5E76F15AD2148UL, 0x6247EB03A5584UL, 0x6623882552224UL,
        0x6A09E667F3BCCUL, 0x6DFB23C651A2EUL, 0x71F75E8EC5F73UL, 0x75FEB564267C8UL,
        0x7A11473EB0186UL, 0x7E2F336CF4E62UL, 0x82589994CCE12UL, 0x868D99B4492ECUL,
        0x8ACE5422AA0DBUL, 0x8F1AE99157736UL, 0x93737B0CDC5E4UL, 0x97D829FDE4E4FUL,
        0x9C49182A3F090UL, 0xA0C667B5DE564UL, 0xA5503B23E255CUL, 0xA9E6B5579FDBFUL,
        0xAE89F995AD3ADUL, 0xB33A2B84F15FAUL, 0xB7F76F2FB5E46UL, 0xBCC1E904BC1D2UL,
        0xC199BDD85529CUL, 0xC67F12E57D14BUL, 0xCB720DCEF9069UL, 0xD072D4A07897BUL,
        0xD5818DCFBA487UL, 0xDA9E603DB3285UL, 0xDFC97337B9B5EUL, 0xE502EE78B3FF6UL,
        0xEA4AFA2A490D9UL, 0xEFA1BEE615A27UL, 0xF50765B6E4540UL, 0xFA7C1819E90D8UL,
        1UL << MantissaBits,
    ];

    /// <summary>
    /// For each of 128 equal slices of the mantissa, how many boundaries lie below it. A slice (1/128) is narrower than the
    /// narrowest bucket (2^(1/64) - 1 = 0.0109), so at most one boundary lies inside it and one comparison settles the rest.
    /// </summary>
    private static ReadOnlySpan<byte> BoundariesBelow =>
    [
        0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9, 10, 11, 11, 12, 13, 13, 14, 15, 15, 16, 16, 17, 18, 18, 19, 19, 20, 21,
        21, 22, 22, 23, 23, 24, 25, 25, 26, 26, 27, 27, 28, 28, 29, 29, 30, 30, 31, 31, 32, 32, 33, 34, 34, 35, 35, 36, 36, 36, 37, 37,
        38, 38, 39, 39, 40, 40, 41, 41, 42, 42, 43, 43, 44, 44, 44, 45, 45, 46, 46, 47, 47, 48, 48, 48, 49, 49, 50, 50, 51, 51, 51, 52,
        52, 53, 53, 53, 54, 54, 55, 55, 55, 56, 56, 57, 57, 57, 58, 58, 59, 59, 59, 60, 60, 60, 61, 61, 62, 62, 62, 63, 63, 63, 64, 64,
    ];

    /// <summary>The bucket of a positive finite double.</summary>
    /// <param name="bits">Its IEEE 754 bits; the sign bit is clear, the value is neither zero nor infinite nor NaN.</param>
    public static int Of(ulong bits)
    {
        int exponent = (int)(bits >> MantissaBits);
        if (exponent == 0)
        {
            // A subnormal has no hidden bit. Shifting its highest bit into that place makes it a normal number.
            int missing = System.Numerics.BitOperations.LeadingZeroCount(bits) - (63 - MantissaBits);
            bits <<= missing;
            exponent = 1 - missing;
        }

        ulong mantissa = bits & MantissaMask;
        int below = BoundariesBelow[(int)(mantissa >> (MantissaBits - CellBits))];
        if (mantissa > Boundaries[below]) below++;
        return ((exponent - 1023) << Scale) + below - 1;
    }

    /// <summary>
    /// The value that stands for a bucket: the harmonic mean of its bounds, whose relative error to both is
    /// α = (γ-1)/(γ+1), the least possible. Source: Masson, Rim, Lee, "DDSketch", VLDB 2019, section 2.1.
    /// </summary>
    /// <param name="index">The bucket's index at scale <see cref="Scale"/> - <paramref name="shift"/>.</param>
    /// <param name="shift">How many times pairs of buckets were merged.</param>
    public static double Representative(int index, int shift)
    {
        long fine = (long)index << shift;
        ulong mantissa = Boundaries[(int)(fine & 63)];
        double lower = BitConverter.UInt64BitsToDouble(mantissa | (1023UL << MantissaBits));
        // 2·lower·upper/(lower+upper) with upper = γ·lower. Written with 1/γ, which never overflows as γ or upper may.
        double inverseGamma = Math.Pow(2, -Math.ScaleB(1, shift - Scale));
        double value = Math.ScaleB(lower * (2 / (1 + inverseGamma)), (int)(fine >> Scale));
        // A bucket that begins below the subnormals still holds only positive values.
        return value > 0 ? value : double.Epsilon;
    }
}
