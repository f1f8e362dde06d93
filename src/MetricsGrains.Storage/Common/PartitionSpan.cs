using System.Globalization;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Storage.Common;

/// <summary>The stretch of time one partition holds: a UTC day of minutes or raw blocks, a month of hours or annotations, a year of days; six hours of those raw blocks that go then.</summary>
internal readonly record struct PartitionSpan(PartitionKind Kind, long StartMs, long EndMs)
{
    private const long BriefMs = 6 * Resolution.OneHour;

    /// <param name="unixMs">A bucket's start, or a raw block's first sample; of a block that is kept for a time of its own, when it goes (<see cref="BriefExpiry"/>).</param>
    public static PartitionSpan Holding(PartitionKind kind, long unixMs)
    {
        if (kind is PartitionKind.OneMinute or PartitionKind.Raw)
        {
            long day = Resolution.Floor(unixMs, Resolution.OneDay);
            return new PartitionSpan(kind, day, day + Resolution.OneDay);
        }
        if (kind == PartitionKind.BriefRaw)
        {
            long slot = Resolution.Floor(unixMs, BriefMs);
            return new PartitionSpan(kind, slot, slot + BriefMs);
        }
        DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(unixMs);
        DateTimeOffset start = kind != PartitionKind.OneDay ? new(at.Year, at.Month, 1, 0, 0, 0, TimeSpan.Zero) : new(at.Year, 1, 1, 0, 0, 0, TimeSpan.Zero);
        DateTimeOffset end = kind != PartitionKind.OneDay ? start.AddMonths(1) : start.AddYears(1);
        return new PartitionSpan(kind, start.ToUnixTimeMilliseconds(), end.ToUnixTimeMilliseconds());
    }

    public string TableName => Prefix(Kind) + DateTimeOffset.FromUnixTimeMilliseconds(StartMs).ToString(Kind switch
    {
        PartitionKind.OneHour or PartitionKind.Annotation => "yyyyMM",
        PartitionKind.OneDay => "yyyy",
        PartitionKind.BriefRaw => "yyyyMMddHH",
        _ => "yyyyMMdd",
    }, CultureInfo.InvariantCulture);

    public static string Prefix(PartitionKind kind) => kind switch
    {
        PartitionKind.OneMinute => "rollup_1m_",
        PartitionKind.OneHour => "rollup_1h_",
        PartitionKind.OneDay => "rollup_1d_",
        PartitionKind.BriefRaw => "raw_brief_",
        PartitionKind.Annotation => "annotation_",
        _ => "raw_",
    };

    /// <summary>Length of the buckets of a rollup partition, ms.</summary>
    public static long BucketOf(PartitionKind kind) => kind switch
    {
        PartitionKind.OneMinute => Resolution.OneMinute,
        PartitionKind.OneHour => Resolution.OneHour,
        _ => Resolution.OneDay,
    };
}
