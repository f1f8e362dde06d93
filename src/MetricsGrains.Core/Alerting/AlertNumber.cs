using System.Globalization;

namespace MetricsGrains.Core.Alerting;

/// <summary>Numbers in messages: about four significant digits, never an exponent where people would not expect one.</summary>
public static class AlertNumber
{
    public static string Format(double value)
    {
        double size = Math.Abs(value);
        string format = size switch
        {
            0 => "0",
            >= 1e15 or < 1e-5 => "0.###E+0",
            >= 1000 => "0.#",
            >= 100 => "0.##",
            >= 10 => "0.##",
            >= 1 => "0.###",
            >= 0.1 => "0.####",
            >= 0.01 => "0.#####",
            _ => "0.########",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>"12.3 ms"; only the number where there is no unit. UCUM's "1" and "{request}" are no units to people.</summary>
    public static string Format(double value, string unit) => unit.Length == 0 || unit == "1" || unit[0] == '{' ? Format(value) : $"{Format(value)} {unit}";
}
