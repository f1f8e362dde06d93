using MetricsGrains.Core.Windows;

namespace MetricsGrains.Storage.Common;

/// <summary>When raw blocks that are kept for a time of their own go.</summary>
internal static class BriefExpiry
{
    /// <summary>What is kept this long or longer goes once a day.</summary>
    private static readonly TimeSpan s_days = TimeSpan.FromDays(2);

    /// <param name="newestMs">The block's last sample, Unix ms: none of its samples may go early.</param>
    /// <param name="keep">Greater than zero.</param>
    /// <returns>Unix ms.</returns>
    public static long Of(long newestMs, TimeSpan keep)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(keep, TimeSpan.Zero);
        long at = newestMs + (long)keep.TotalMilliseconds;
        // Every partition costs each read a look: with a day's end for all that goes that day, there is one a day instead of four.
        return keep < s_days ? at : Resolution.Floor(at, Resolution.OneDay) + Resolution.OneDay - 1;
    }
}
