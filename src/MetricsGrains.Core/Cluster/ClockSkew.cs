namespace MetricsGrains.Core.Cluster;

/// <summary>Whose clock is off, when all can only compare theirs: the one that differs from the median.</summary>
public static class ClockSkew
{
    /// <summary>Less is what machines without a good time source have, and what a busy silo's answer takes.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>How far each clock is ahead of the median of all, ms. Of two that differ each is off by half of it.</summary>
    /// <param name="readings">How far each clock is ahead of any one, the same for all, ms. At least one.</param>
    public static double[] FromMedian(IReadOnlyList<double> readings)
    {
        double[] sorted = [.. readings.Order()];
        double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return [.. readings.Select(r => r - median)];
    }

    /// <summary>Whether a clock is off and most others agree that it is.</summary>
    /// <param name="offsets">See <see cref="FromMedian"/>.</param>
    public static bool IsOutlier(IReadOnlyList<double> offsets, int index) => IsOff(offsets[index]) && offsets.Count(o => !IsOff(o)) * 2 > offsets.Count;

    public static bool IsOff(double offsetMs) => Math.Abs(offsetMs) > Limit.TotalMilliseconds;
}
