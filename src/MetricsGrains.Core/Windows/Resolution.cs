namespace MetricsGrains.Core.Windows;

/// <summary>The tumbling windows' lengths, in milliseconds. Windows start at multiples of their length since 1970.</summary>
public static class Resolution
{
    public const long TenSeconds = 10_000;
    public const long OneMinute = 60_000;
    public const long FiveMinutes = 300_000;
    public const long OneHour = 3_600_000;
    public const long OneDay = 86_400_000;

    /// <summary>Start of the window of <paramref name="length"/> that holds <paramref name="unixMs"/>; right for times before 1970 too.</summary>
    public static long Floor(long unixMs, long length)
    {
        long remainder = unixMs % length;
        return unixMs - (remainder < 0 ? remainder + length : remainder);
    }

    public static long Ceiling(long unixMs, long length) => Floor(unixMs + length - 1, length);
}
