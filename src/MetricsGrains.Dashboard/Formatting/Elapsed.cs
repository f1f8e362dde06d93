using System.Globalization;

namespace MetricsGrains.Dashboard.Formatting;

/// <summary>How long something took or is ago: one number, one unit.</summary>
public static class Elapsed
{
    public static string Ago(long thenMs, long nowMs) => thenMs <= 0 ? ValueFormat.Absent : nowMs - thenMs < 1000 ? "now" : Span(nowMs - thenMs) + " ago";

    public static string Span(long ms) => ms switch
    {
        < 60_000 => Whole(ms, 1000, "s"),
        < 3_600_000 => Whole(ms, 60_000, "min"),
        < 172_800_000 => Whole(ms, 3_600_000, "h"),
        _ => Whole(ms, 86_400_000, "d"),
    };

    private static string Whole(long ms, long unit, string name) => (Math.Max(ms, 0) / unit).ToString(CultureInfo.InvariantCulture) + " " + name;
}
