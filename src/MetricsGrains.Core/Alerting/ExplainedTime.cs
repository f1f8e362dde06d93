using System.Globalization;

namespace MetricsGrains.Core.Alerting;

/// <summary>Times, durations and values as they stand in sentences.</summary>
internal static class ExplainedTime
{
    /// <summary>"2026-04-17 09:03:10 UTC".</summary>
    public static string At(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Span(long ms) => AlertDuration.Format(TimeSpan.FromMilliseconds(Math.Max(0, ms)));

    public static string Value(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
