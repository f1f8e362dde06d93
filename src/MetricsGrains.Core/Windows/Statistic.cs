using System.Globalization;

namespace MetricsGrains.Core.Windows;

/// <summary>A statistic as asked for: "avg", "rate", "p99", "p99.9".</summary>
/// <param name="Quantile">0…1; only for <see cref="StatisticKind.Percentile"/>.</param>
public readonly record struct Statistic(StatisticKind Kind, double Quantile = 0)
{
    public static bool TryParse(string text, out Statistic statistic)
    {
        if (Enum.TryParse(text, ignoreCase: true, out StatisticKind kind) && kind != StatisticKind.Percentile && text.All(char.IsAsciiLetter))
        {
            statistic = new Statistic(kind);
            return true;
        }
        if (text.Length > 1 && text[0] is 'p' or 'P'
            && decimal.TryParse(text.AsSpan(1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal percent)
            && percent is >= 0 and <= 100)
        {
            // Divided as a decimal: 99.9 / 100 as doubles is not 0.999, and a statistic that was written and read would be another one.
            statistic = new Statistic(StatisticKind.Percentile, (double)(percent / 100));
            return true;
        }
        statistic = default;
        return false;
    }

    public override string ToString() => Kind == StatisticKind.Percentile
        ? "p" + (Quantile * 100).ToString("0.######", CultureInfo.InvariantCulture)
        : Kind.ToString().ToLowerInvariant();
}
