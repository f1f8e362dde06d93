using System.Globalization;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Notifications.Wording;

/// <summary>Numbers in messages: five significant digits, as a value must be told from a threshold that it has hardly passed.</summary>
internal static class ValueText
{
    public const string Absent = "no value";

    private static readonly string[] s_binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    private static readonly string[] s_large = ["", " M", " G", " T", " P"];

    /// <summary>The unit of a statistic of a metric: a count has none, a rate is per second.</summary>
    public static string UnitOf(string unit, Statistic statistic) => statistic.Kind switch
    {
        StatisticKind.Count or StatisticKind.Uniq => "",
        StatisticKind.Rate => Plain(unit) + "/s",
        _ => Plain(unit),
    };

    /// <param name="unit">As <see cref="UnitOf"/> gives it.</param>
    public static string Format(double? value, string unit)
    {
        if (value is not { } number || double.IsNaN(number))
        {
            return Absent;
        }
        if (double.IsInfinity(number))
        {
            return number > 0 ? "infinite" : "-infinite";
        }
        bool perSecond = unit.EndsWith("/s", StringComparison.Ordinal);
        string of = perSecond ? unit[..^2] : unit;
        string text = of switch
        {
            "B" => Scaled(number, 1024, 1024, s_binary, " "),
            "%" => Digits(number) + " %",
            "" => Scaled(number, 1e6, 1000, s_large, ""),
            _ => Scaled(number, 1e6, 1000, s_large, "") + " " + of,
        };
        return perSecond ? text + "/s" : text;
    }

    /// <summary>How long something took: at most two units, like "2 h 5 min".</summary>
    public static string Span(TimeSpan span)
    {
        (string Text, int Count)[] parts = [($"{span.Days} d", span.Days), ($"{span.Hours} h", span.Hours), ($"{span.Minutes} min", span.Minutes), ($"{span.Seconds} s", span.Seconds)];
        string[] shown = [.. parts.SkipWhile(p => p.Count == 0).Take(2).Where(p => p.Count > 0).Select(p => p.Text)];
        return shown.Length == 0 ? "0 s" : string.Join(' ', shown);
    }

    /// <summary>Minutes are exact enough for an alert; always UTC, as its readers can be anywhere.</summary>
    public static string Time(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    // UCUM as OpenTelemetry uses it: "By", "1", "{request}"; and what people write.
    private static string Plain(string unit) => unit switch
    {
        "By" or "byte" or "bytes" => "B",
        "percent" => "%",
        "1" => "",
        _ => unit.StartsWith('{') ? "" : unit,
    };

    private static string Scaled(double value, double first, double step, string[] prefixes, string separator)
    {
        if (Math.Abs(value) < first)
        {
            return Digits(value) + separator + prefixes[0];
        }
        int power = 1;
        value /= first;
        while (Math.Abs(value) >= step && power < prefixes.Length - 1)
        {
            value /= step;
            power++;
        }
        return Digits(value) + separator + prefixes[power];
    }

    private static string Digits(double value)
    {
        double size = Math.Abs(value);
        string format = size switch
        {
            0 => "0",
            < 0.001 or >= 1e15 => "0.####E0",
            < 1 => "0.#######",
            < 10 => "0.####",
            < 100 => "0.###",
            < 1000 => "0.##",
            < 10_000 => "0.#",
            _ => "0",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }
}
