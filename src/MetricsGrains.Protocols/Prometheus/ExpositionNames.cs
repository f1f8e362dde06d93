using System.Text;

namespace MetricsGrains.Protocols.Prometheus;

/// <summary>
/// Names as Prometheus has them. Source: prometheus.io/docs/concepts/data_model (characters) and the OpenTelemetry specification,
/// "Prometheus and OpenMetrics Compatibility" (units, _total).
/// </summary>
public static class ExpositionNames
{
    /// <summary>A metric's name: others than letters, digits, underscores and colons become underscores, the unit and a counter's _total are appended unless there.</summary>
    /// <param name="unit">As UCUM writes it ("s", "By", "{request}"), or empty.</param>
    public static string MetricName(string name, ExpositionType type, string unit = "")
    {
        string text = Sanitise(name, allowColon: true);
        const string total = "_total";
        bool isCounter = type == ExpositionType.Counter;
        if (isCounter && text.EndsWith(total, StringComparison.Ordinal) && text.Length > total.Length)
        {
            text = text[..^total.Length];
        }
        string suffix = UnitSuffix(unit);
        if (suffix.Length > 0 && text != suffix && !text.EndsWith("_" + suffix, StringComparison.Ordinal))
        {
            text = text + "_" + suffix;
        }
        return isCounter ? text + total : text;
    }

    /// <summary>A label's name. Two underscores in front are Prometheus' own: one is left of them.</summary>
    public static string LabelName(string key)
    {
        string text = Sanitise(key, allowColon: false);
        return text.StartsWith("__", StringComparison.Ordinal) ? "_" + text.TrimStart('_') : text;
    }

    private static string Sanitise(string name, bool allowColon)
    {
        var text = new StringBuilder(name.Length + 1);
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            text.Append('_');
        }
        foreach (Rune rune in name.EnumerateRunes())
        {
            bool good = rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value == '_' || (allowColon && rune.Value == ':'));
            text.Append(good ? (char)rune.Value : '_');
        }
        return text.ToString();
    }

    private static string UnitSuffix(string unit) => unit switch
    {
        "" or "1" => "",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "min" => "minutes",
        "h" => "hours",
        "d" => "days",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "%" => "percent",
        "Cel" => "celsius",
        // An annotation says what is counted, which is no unit: "{request}".
        _ when unit.StartsWith('{') => "",
        _ => Sanitise(unit, allowColon: false).Trim('_'),
    };
}
