using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Common;

/// <summary>A stretch of time to be read from the rows of one resolution.</summary>
internal readonly record struct StoredRange(PartitionKind Kind, long FromMs, long ToMs)
{
    public static PartitionKind KindOf(StoredResolution resolution) => resolution switch
    {
        StoredResolution.OneMinute => PartitionKind.OneMinute,
        StoredResolution.OneHour => PartitionKind.OneHour,
        StoredResolution.OneDay => PartitionKind.OneDay,
        _ => throw new ArgumentOutOfRangeException(nameof(resolution), resolution, "unknown resolution"),
    };

    /// <summary>Derived rows where they hold, the finer ones they are derived from where they don't.</summary>
    /// <param name="dirtyHours">Starts of the dirty hours in the range, ascending; likewise <paramref name="dirtyDays"/>.</param>
    public static List<StoredRange> Plan(PartitionKind kind, long fromMs, long toMs, IReadOnlyList<long> dirtyHours, IReadOnlyList<long> dirtyDays)
    {
        var ranges = new List<StoredRange>();
        Add(ranges, kind, fromMs, toMs, dirtyHours, dirtyDays);
        return ranges;
    }

    private static void Add(List<StoredRange> ranges, PartitionKind kind, long fromMs, long toMs, IReadOnlyList<long> dirtyHours, IReadOnlyList<long> dirtyDays)
    {
        long at = fromMs;
        if (kind != PartitionKind.OneMinute)
        {
            long length = PartitionSpan.BucketOf(kind);
            foreach (long dirty in kind == PartitionKind.OneHour ? dirtyHours : dirtyDays)
            {
                if (dirty < fromMs || dirty >= toMs)
                {
                    continue;
                }
                if (dirty > at)
                {
                    ranges.Add(new StoredRange(kind, at, dirty));
                }
                Add(ranges, kind - 1, dirty, dirty + length, dirtyHours, dirtyDays);
                at = dirty + length;
            }
        }
        if (at < toMs)
        {
            ranges.Add(new StoredRange(kind, at, toMs));
        }
    }
}
