using System.Globalization;

namespace MetricsGrains.Core.Alerting;

/// <summary>Durations as people write them in rules: "90s", "5m", "1h30m", "7d"; "0s" for none.</summary>
public static class AlertDuration
{
    private static readonly (char Unit, long Ms)[] s_units = [('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];

    /// <summary>Whole numbers with units, largest first. At most 10,000 days.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        long total = 0;
        int at = 0, unit = 0;
        while (at < text.Length)
        {
            int digits = at;
            while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            {
                digits++;
            }
            if (digits == at || digits == text.Length || digits - at > 9)
            {
                return false;
            }
            while (unit < s_units.Length && s_units[unit].Unit != text[digits])
            {
                unit++;
            }
            if (unit == s_units.Length)
            {
                return false;
            }
            total += long.Parse(text.AsSpan(at, digits - at), NumberStyles.None, CultureInfo.InvariantCulture) * s_units[unit++].Ms;
            at = digits + 1;
        }
        if (at == 0 || total > 10_000L * s_units[0].Ms)
        {
            return false;
        }
        duration = TimeSpan.FromMilliseconds(total);
        return true;
    }

    /// <summary>The shortest form; parts of a second are cut off.</summary>
    public static string Format(TimeSpan duration)
    {
        long left = (long)duration.TotalMilliseconds;
        var text = new System.Text.StringBuilder();
        foreach ((char unit, long ms) in s_units)
        {
            if (left >= ms)
            {
                text.Append(CultureInfo.InvariantCulture, $"{left / ms}{unit}");
                left %= ms;
            }
        }
        return text.Length == 0 ? "0s" : text.ToString();
    }
}
