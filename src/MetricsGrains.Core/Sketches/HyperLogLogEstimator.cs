namespace MetricsGrains.Core.Sketches;

/// <summary>
/// From registers to a number. Source: Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017
/// (arXiv:1702.01284), section 2, "improved raw estimator" (algorithm 6). It has no bias to correct by table and no seam
/// between a small and a large range.
/// </summary>
internal static class HyperLogLogEstimator
{
    private const double AlphaInfinity = 0.7213475204444817; // 1 / (2 ln 2)
    private const int Registers = 1 << HyperLogLog.Precision;
    private const int HashBits = 64 - HyperLogLog.Precision;
    private const double HashValues = 18446744073709551616.0; // 2^64

    public static double Dense(ReadOnlySpan<byte> registers)
    {
        Span<int> histogram = stackalloc int[HyperLogLogRegister.MaxRank + 1];
        histogram.Clear();
        foreach (byte rank in registers) histogram[rank]++;

        double z = Registers * Tau(1 - (double)histogram[HashBits + 1] / Registers);
        for (int rank = HashBits; rank >= 1; rank--) z = 0.5 * (z + histogram[rank]);
        z += Registers * Sigma((double)histogram[0] / Registers);
        // All registers full: more than hashes can tell apart.
        return Math.Min(AlphaInfinity * Registers * Registers / z, HashValues);
    }

    /// <summary>
    /// Linear counting over 2^25 cells: at the few thousand entries a sparse form holds, its standard error is some
    /// 1e-4 of the number, so that below a thousand it nearly always rounds to the truth. Source: Whang et al. 1990.
    /// </summary>
    public static double Sparse(int entries)
    {
        // -m ln(1 - n/m) by its series: n/m is below 1e-4, so these terms are all a double can hold, where the logarithm of
        // a number so near 1 would lose half of the digits and answer a little less than 1 for one entry.
        const double Cells = 1 << HyperLogLogRegister.SparsePrecision;
        double full = entries / Cells;
        return entries * (1 + full * (1.0 / 2 + full * (1.0 / 3 + full / 4)));
    }

    private static double Sigma(double x)
    {
        if (x == 1) return double.PositiveInfinity;
        double power = 1, sum = x, before;
        do
        {
            x *= x;
            before = sum;
            sum += x * power;
            power += power;
        }
        while (sum != before);
        return sum;
    }

    private static double Tau(double x)
    {
        if (x is 0 or 1) return 0;
        double power = 1, sum = 1 - x, before;
        do
        {
            x = Math.Sqrt(x);
            before = sum;
            power *= 0.5;
            sum -= (1 - x) * (1 - x) * power;
        }
        while (sum != before);
        return sum / 3;
    }
}
