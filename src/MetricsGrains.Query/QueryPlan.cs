using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query;

/// <summary>A stretch of time to read from the store, and from which rows; null: raw samples.</summary>
internal readonly record struct StoreRead(long FromMs, long ToMs, StoredResolution? Resolution);

/// <summary>Decides which rows answer which part of a range.</summary>
internal static class QueryPlan
{
    /// <summary>
    /// The coarsest rows that fit the step, for as long as whole ones fit before <paramref name="toMs"/>; the rest from the next finer. So a month by
    /// the hour up to a seam at 14:23 reads hours up to 14:00 and minutes from there.
    /// </summary>
    public static IEnumerable<StoreRead> Reads(long fromMs, long toMs, long stepMs)
    {
        if (fromMs >= toMs)
        {
            yield break;
        }
        if (stepMs % Resolution.OneMinute != 0)
        {
            yield return new StoreRead(fromMs, toMs, null);
            yield break;
        }
        long at = fromMs;
        foreach ((StoredResolution resolution, long length) in ((StoredResolution, long)[])[(StoredResolution.OneDay, Resolution.OneDay), (StoredResolution.OneHour, Resolution.OneHour), (StoredResolution.OneMinute, Resolution.OneMinute)])
        {
            long end = Resolution.Floor(toMs, length);
            if (stepMs % length == 0 && at % length == 0 && end > at)
            {
                yield return new StoreRead(at, end, resolution);
                at = end;
            }
        }
        if (at < toMs)
        {
            yield return new StoreRead(at, toMs, null);
        }
    }
}
