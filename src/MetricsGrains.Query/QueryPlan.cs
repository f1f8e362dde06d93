using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query;

/// <summary>A stretch of time to read from the store, and from which rows; null: raw samples.</summary>
internal readonly record struct StoreRead(long FromMs, long ToMs, StoredResolution? Resolution);

/// <summary>Decides which rows answer which part of a range.</summary>
internal static class QueryPlan
{
    private static readonly (StoredResolution? Resolution, long Length)[] s_coarsestFirst =
        [(StoredResolution.OneDay, Resolution.OneDay), (StoredResolution.OneHour, Resolution.OneHour), (StoredResolution.OneMinute, Resolution.OneMinute)];

    /// <summary>
    /// The coarsest rows that fit the step, wherever whole ones fit; before and behind them the next finer. So a month by the hour up to a seam at
    /// 14:23 reads hours up to 14:00 and minutes from there, and one bucket from 13:50 to 17:10 reads ten minutes, three hours and ten minutes.
    /// </summary>
    public static IEnumerable<StoreRead> Reads(long fromMs, long toMs, long stepMs)
    {
        long at = fromMs;
        while (at < toMs)
        {
            (StoredResolution? resolution, long length) = CoarsestAt(at, toMs, stepMs);
            long end = resolution is null ? toMs : Resolution.Floor(toMs, length);
            foreach ((_, long boundary) in s_coarsestFirst)
            {
                // From its boundary on the coarser rows take over, if there is a whole one.
                long turn = Resolution.Ceiling(at, boundary);
                if (boundary > length && stepMs % boundary == 0 && turn > at && turn + boundary <= toMs)
                {
                    end = Math.Min(end, turn);
                }
            }
            yield return new StoreRead(at, end, resolution);
            at = end;
        }
    }

    private static (StoredResolution? Resolution, long Length) CoarsestAt(long at, long toMs, long stepMs)
    {
        foreach ((StoredResolution? resolution, long length) in s_coarsestFirst)
        {
            if (stepMs % length == 0 && at % length == 0 && at + length <= toMs)
            {
                return (resolution, length);
            }
        }
        return (null, 0);
    }
}
