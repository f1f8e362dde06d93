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
            && double.TryParse(text.AsSpan(1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
            && percent is >= 0 and <= 100)
        {
            statistic = new Statistic(StatisticKind.Percentile, percent / 100);
            return true;
        }
        statistic = default;
        return false;
    }

    public override string ToString() => Kind == StatisticKind.Percentile
        ? "p" + (Quantile * 100).ToString("0.######", CultureInfo.InvariantCulture)
        : Kind.ToString().ToLowerInvariant();
}
