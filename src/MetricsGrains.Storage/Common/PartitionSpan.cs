using System.Globalization;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Storage.Common;

/// <summary>The stretch of time one partition holds: a UTC day of minutes or raw blocks, a month of hours, a year of days.</summary>
internal readonly record struct PartitionSpan(PartitionKind Kind, long StartMs, long EndMs)
{
    public static PartitionSpan Holding(PartitionKind kind, long unixMs)
    {
        if (kind is PartitionKind.OneMinute or PartitionKind.Raw)
        {
            long day = Resolution.Floor(unixMs, Resolution.OneDay);
            return new PartitionSpan(kind, day, day + Resolution.OneDay);
        }
        DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(unixMs);
        DateTimeOffset start = kind == PartitionKind.OneHour ? new(at.Year, at.Month, 1, 0, 0, 0, TimeSpan.Zero) : new(at.Year, 1, 1, 0, 0, 0, TimeSpan.Zero);
        DateTimeOffset end = kind == PartitionKind.OneHour ? start.AddMonths(1) : start.AddYears(1);
        return new PartitionSpan(kind, start.ToUnixTimeMilliseconds(), end.ToUnixTimeMilliseconds());
    }

    public string TableName => Prefix(Kind) + DateTimeOffset.FromUnixTimeMilliseconds(StartMs).ToString(Kind switch
    {
        PartitionKind.OneHour => "yyyyMM",
        PartitionKind.OneDay => "yyyy",
        _ => "yyyyMMdd",
    }, CultureInfo.InvariantCulture);

    public static string Prefix(PartitionKind kind) => kind switch
    {
        PartitionKind.OneMinute => "rollup_1m_",
        PartitionKind.OneHour => "rollup_1h_",
        PartitionKind.OneDay => "rollup_1d_",
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
