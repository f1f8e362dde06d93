using System.Globalization;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Times as the alerting API writes and reads them.</summary>
internal static class ApiTime
{
    /// <summary>ISO 8601 in UTC, to the millisecond: "2026-04-17T09:00:00.000Z".</summary>
    public static string Of(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Null for null.</summary>
    public static string? Of(long? unixMs) => unixMs is { } at ? Of(at) : null;

    /// <summary>ISO 8601 with a zone.</summary>
    public static bool TryParse(string text, out long unixMs)
    {
        int clock = text.IndexOf('T', StringComparison.Ordinal);
        bool hasZone = clock > 0 && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > clock);
        bool read = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset at);
        unixMs = at.ToUnixTimeMilliseconds();
        return hasZone && read;
    }
}
