using System.Globalization;

namespace MetricsGrains.Server.Operations;

/// <summary>Figures as people read them.</summary>
internal static class Figures
{
    public const string None = "-";

    public static string Count(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? None;

    /// <summary>Fifteen digits: the sixteenth depends on the order of the additions.</summary>
    public static string Number(double? value) => value?.ToString("G15", CultureInfo.InvariantCulture) ?? None;

    public static string Bytes(long? value)
    {
        if (value is not { } bytes)
        {
            return None;
        }
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double scaled = bytes;
        int unit = 0;
        while (Math.Abs(scaled) >= 1024 && unit < units.Length - 1)
        {
            scaled /= 1024;
            unit++;
        }
        return scaled.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + units[unit];
    }

    /// <summary>UTC, to the minute.</summary>
    public static string Time(long? unixMs) => unixMs is { } ms and > -62_135_596_800_000 and < 253_402_300_800_000
        ? DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture)
        : None;

    /// <summary>"45 s", "12 min", "3 h", "8 days".</summary>
    public static string Age(long ms) => TimeSpan.FromMilliseconds(ms) switch
    {
        { TotalSeconds: < 120 } span => $"{span.TotalSeconds:0} s",
        { TotalMinutes: < 120 } span => $"{span.TotalMinutes:0} min",
        { TotalHours: < 48 } span => $"{span.TotalHours:0} h",
        var span => $"{span.TotalDays:0} days",
    };
}
