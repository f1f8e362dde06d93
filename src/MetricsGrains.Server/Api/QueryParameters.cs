using System.Globalization;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;
using MetricsGrains.Server.Options;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api;

/// <summary>Reads a query string. Every mistake is a <see cref="QueryException"/> that names the parameter.</summary>
internal sealed class QueryParameters(HttpRequest request, TimeProvider time)
{
    private const string EscapedComma = "\u0001";

    private readonly long _nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();

    public long NowMs => _nowMs;

    public string Text(string name) => request.Query[name].ToString();

    public string Required(string name) => Text(name) is { Length: > 0 } text ? text : throw new QueryException(name, "missing");

    /// <summary>ISO 8601 with a zone, Unix ms, "now" or "now-15m".</summary>
    public long Time(string name, long byDefault)
    {
        string text = Text(name).Trim();
        if (text.Length == 0)
        {
            return byDefault;
        }
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long unixMs))
        {
            return unixMs is > -62_135_596_800_000 and < 253_402_300_800_000 ? unixMs : throw new QueryException(name, $"'{text}' is out of range; it must be Unix milliseconds");
        }
        if (text == "now")
        {
            return _nowMs;
        }
        if (text.StartsWith("now-", StringComparison.Ordinal) && Durations.TryParse(text[4..], out TimeSpan ago))
        {
            return _nowMs - (long)ago.TotalMilliseconds;
        }
        // A '+' of a zone that was not escaped arrives as a space.
        string iso = text.Replace(' ', '+');
        int clock = iso.IndexOf('T', StringComparison.Ordinal);
        bool hasZone = clock > 0 && (iso.EndsWith('Z') || iso.LastIndexOfAny(['+', '-']) > clock);
        return hasZone && DateTimeOffset.TryParse(iso, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset at)
            ? at.ToUnixTimeMilliseconds()
            : throw new QueryException(name, $"'{text}' is no time; use ISO 8601 with a zone (2026-04-17T09:00:00Z), Unix milliseconds, now, or now-15m");
    }

    public long Step(string name, long byDefault)
    {
        string text = Text(name);
        if (text.Length == 0)
        {
            return byDefault;
        }
        return Durations.TryParse(text, out TimeSpan step) && step > TimeSpan.Zero
            ? (long)step.TotalMilliseconds
            : throw new QueryException(name, $"'{text}' is no resolution; use 10s, 1m, 5m, 1h or 1d");
    }

    public Statistic? Stat(string name)
    {
        string text = Text(name);
        if (text.Length == 0)
        {
            return null;
        }
        return Statistic.TryParse(text, out Statistic statistic)
            ? statistic
            : throw new QueryException(name, $"'{text}' is no statistic; use avg, min, max, sum, count, last, rate, increase, uniq, or a percentile like p50, p99 or p99.9");
    }

    /// <summary>"k:v,k:v"; a leading ! means not equal, a * in the value any characters, \, a comma.</summary>
    public IReadOnlyList<TagFilter> Filters(string name)
    {
        var filters = new List<TagFilter>();
        // A backslash keeps the comma after it in its part: no tag may hold the character that stands for it in between.
        foreach (string piece in Text(name).Replace("\\,", EscapedComma, StringComparison.Ordinal).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string part = piece.Replace(EscapedComma, ",", StringComparison.Ordinal);
            bool not = part.StartsWith('!');
            int colon = part.IndexOf(':', StringComparison.Ordinal);
            if (colon <= (not ? 1 : 0))
            {
                throw new QueryException(name, $"'{part}' must be key:value");
            }
            string key = part[(not ? 1 : 0)..colon], value = part[(colon + 1)..];
            filters.Add(new TagFilter(key, not ? TagMatch.NotEqual : value.Contains('*', StringComparison.Ordinal) ? TagMatch.Glob : TagMatch.Equal, value));
        }
        return filters;
    }

    public IReadOnlyList<string> List(string name) => Text(name).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>What <see cref="Format"/> gave as the next page.</summary>
    public AnnotationPosition Position(string name)
    {
        string text = Text(name);
        if (text.Length == 0)
        {
            return AnnotationPosition.End;
        }
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && long.TryParse(text.AsSpan(0, dot), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long unixMs) && Guid.TryParseExact(text.AsSpan(dot + 1), "N", out Guid id)
            ? new AnnotationPosition(unixMs, id)
            : throw new QueryException(name, $"'{text}' is no page; give what the page before had as next");
    }

    public static string Format(AnnotationPosition position) => string.Create(CultureInfo.InvariantCulture, $"{position.UnixMs}.{position.Id:N}");

    public int Limit(string name, int byDefault)
    {
        string text = Text(name);
        if (text.Length == 0)
        {
            return byDefault;
        }
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit is >= 1 and <= 1000
            ? limit
            : throw new QueryException(name, $"'{text}' must be a whole number from 1 to 1000");
    }
}
