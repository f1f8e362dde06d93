using System.Globalization;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Formatting;

/// <summary>Numbers for people: three significant digits, a prefix, the unit. web/app/format.js is its twin in the browser.</summary>
public static class ValueFormat
{
    public const string Absent = "–";

    private static readonly string[] s_binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    private static readonly string[] s_large = ["", "k", "M", "G", "T", "P"];

    /// <summary>The unit of a statistic of a metric: a count has none, a rate is per second.</summary>
    public static string UnitOf(string unit, Statistic statistic) => statistic.Kind switch
    {
        StatisticKind.Count or StatisticKind.Uniq => "",
        StatisticKind.Rate => Plain(unit) + "/s",
        _ => unit,
    };

    public static string Format(double? value, string unit)
    {
        if (value is not { } number || !double.IsFinite(number))
        {
            return Absent;
        }
        bool perSecond = unit.EndsWith("/s", StringComparison.Ordinal);
        string of = Plain(perSecond ? unit[..^2] : unit);
        string text = of switch
        {
            "B" => Binary(number),
            "ns" or "us" or "ms" or "s" or "min" or "h" or "d" when !perSecond => Duration(number * SecondsIn(of)),
            "%" => Digits(number) + " %",
            "" => Prefixed(number),
            _ => Prefixed(number) + " " + of,
        };
        return perSecond ? text + "/s" : text;
    }

    /// <summary>A unit as a word of its own: "request" for "{request}", "B" for "By".</summary>
    public static string NameOf(string unit) => unit.StartsWith('{') ? unit.Trim('{', '}').Replace('_', ' ') : Plain(unit);

    // UCUM as OpenTelemetry uses it: "By", "1", "{request}"; and what people write.
    private static string Plain(string unit) => unit switch
    {
        "By" or "byte" or "bytes" or "B" => "B",
        "millisecond" or "milliseconds" => "ms",
        "second" or "seconds" => "s",
        "microsecond" or "microseconds" or "µs" => "us",
        "nanosecond" or "nanoseconds" => "ns",
        "percent" => "%",
        "1" => "",
        _ => unit.StartsWith('{') ? "" : unit,
    };

    private static double SecondsIn(string unit) => unit switch
    {
        "ns" => 1e-9,
        "us" => 1e-6,
        "ms" => 1e-3,
        "min" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => 1,
    };

    private static string Binary(double value)
    {
        int power = 0;
        while (Math.Abs(value) >= 999.5 && power < s_binary.Length - 1)
        {
            value /= 1024;
            power++;
        }
        return Digits(value) + " " + s_binary[power];
    }

    private static string Duration(double seconds)
    {
        double size = Math.Abs(seconds);
        return size switch
        {
            0 => "0 s",
            < 1e-6 => Digits(seconds * 1e9) + " ns",
            < 1e-3 => Digits(seconds * 1e6) + " µs",
            < 1 => Digits(seconds * 1e3) + " ms",
            < 120 => Digits(seconds) + " s",
            < 7200 => Digits(seconds / 60) + " min",
            < 172800 => Digits(seconds / 3600) + " h",
            _ => Digits(seconds / 86400) + " d",
        };
    }

    private static string Prefixed(double value)
    {
        int power = 0;
        while (Math.Abs(value) >= 999.5 && power < s_large.Length - 1)
        {
            value /= 1000;
            power++;
        }
        return Digits(value) + (power == 0 ? "" : " " + s_large[power]);
    }

    private static string Digits(double value)
    {
        double size = Math.Abs(value);
        string format = size switch
        {
            0 => "0",
            < 0.001 => "0.##E0",
            < 0.0995 => "0.####",
            < 9.995 => "0.##",
            < 99.95 => "0.#",
            _ => "0",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }
}
