using System.Globalization;
using MetricsGrains.Dashboard.Formatting;

namespace MetricsGrains.Dashboard.Exploring;

/// <summary>A time range as chosen: the last so long, or from one time to another.</summary>
/// <param name="LastMs">Length of a range that ends now; 0 for a fixed one.</param>
/// <param name="FromMs">Unix ms; only of a fixed range.</param>
/// <param name="ToMs">Unix ms, exclusive; only of a fixed range.</param>
public readonly record struct TimeRange(long LastMs, long FromMs, long ToMs)
{
    public static readonly TimeRange Default = Last(15 * 60_000L);

    public static readonly IReadOnlyList<TimeRange> Presets =
        [Last(5 * 60_000L), Default, Last(3_600_000L), Last(6 * 3_600_000L), Last(24 * 3_600_000L), Last(7 * 86_400_000L), Last(30 * 86_400_000L)];

    public bool IsRelative => LastMs > 0;

    public static TimeRange Last(long ms) => new(ms, 0, 0);

    public static TimeRange Between(long fromMs, long toMs) => new(0, fromMs, toMs);

    public (long FromMs, long ToMs) Resolve(long nowMs) => IsRelative ? (nowMs - LastMs, nowMs) : (FromMs, ToMs);

    /// <summary>"15m", "6 h" spelled as in the address: digits and one of s, m, h, d.</summary>
    public static bool TryParseLength(string? text, out TimeRange range)
    {
        range = default;
        if (text is not { Length: > 1 } || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long count))
        {
            return false;
        }
        long unit = text[^1] switch { 's' => 1000, 'm' => 60_000, 'h' => 3_600_000, 'd' => 86_400_000, _ => 0 };
        if (unit == 0 || count is < 1 or > 100_000 || count * unit < 10_000)
        {
            return false;
        }
        range = Last(count * unit);
        return true;
    }

    /// <summary>Unix ms or ISO 8601; a time without offset is UTC.</summary>
    public static bool TryParseTime(string? text, out long unixMs)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out unixMs))
        {
            return true;
        }
        bool ok = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time);
        unixMs = ok ? time.ToUnixTimeMilliseconds() : 0;
        return ok;
    }

    public static string FormatTime(long unixMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString(unixMs % 1000 == 0 ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>"15m"; only for a relative range.</summary>
    public string LengthText => LastMs switch
    {
        var ms when ms % 86_400_000 == 0 && ms > 86_400_000 => Count(ms / 86_400_000) + "d",
        var ms when ms % 3_600_000 == 0 => Count(ms / 3_600_000) + "h",
        var ms when ms % 60_000 == 0 => Count(ms / 60_000) + "m",
        var ms => Count(ms / 1000) + "s",
    };

    public string Label => IsRelative ? LengthText : Elapsed.Span(ToMs - FromMs);

    private static string Count(long value) => value.ToString(CultureInfo.InvariantCulture);
}
