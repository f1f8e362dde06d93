using System.Globalization;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>Numbers as people type them: "250", "1e3", "1.5k", "20M", "8Gi".</summary>
public static class NumberText
{
    private static readonly (string Suffix, double Times)[] s_suffixes =
        [("Ki", 1024), ("Mi", 1024d * 1024), ("Gi", 1024d * 1024 * 1024), ("Ti", 1024d * 1024 * 1024 * 1024), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12)];

    public static bool TryParse(string text, out double number)
    {
        text = text.Trim();
        double times = 1;
        foreach ((string suffix, double factor) in s_suffixes)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
            {
                (text, times) = (text[..^suffix.Length].TrimEnd(), factor);
                break;
            }
        }
        bool ok = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
        number *= times;
        return ok;
    }

    /// <summary>So that it is read back as the same number.</summary>
    public static string Format(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
