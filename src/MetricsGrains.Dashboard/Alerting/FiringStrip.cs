using System.Globalization;
using System.Text;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>When a group would have fired, as bars on the chart's time axis.</summary>
/// <param name="Label">The group's tags.</param>
/// <param name="Path">The bars as an SVG path in a box of <see cref="Width"/> × <see cref="Height"/>; empty when it would not have fired.</param>
/// <param name="FiredMs">How long in all.</param>
/// <param name="Peak">The value furthest into the condition; null when there is none.</param>
public sealed record FiringStrip(string Label, string Path, IReadOnlyList<PreviewFiring> Firings, int Pages, long FiredMs, double? Peak)
{
    public const int Width = 1000;
    public const int Height = 10;

    // Narrower than this a bar is not seen.
    private const double LeastWidth = 3;

    /// <param name="fromMs">Where the chart's axis begins, Unix ms.</param>
    /// <param name="toMs">Where it ends.</param>
    public static FiringStrip Of(PreviewGroup group, AlertCondition condition, long fromMs, long toMs)
    {
        double[] peaks = [.. group.Firings.Where(f => f.Peak is not null).Select(f => f.Peak!.Value)];
        bool down = condition is AlertCondition.Lt or AlertCondition.Lte;
        return new FiringStrip(AlertText.Tags(group.Tags), PathOf(group.Firings, fromMs, toMs), group.Firings, group.Pages,
            group.Firings.Sum(f => f.ToMs - f.FromMs), peaks.Length == 0 ? null : down ? peaks.Min() : peaks.Max());
    }

    // Bars that touch on the screen are drawn as one: a rule that flaps for a week must not make a page of megabytes.
    private static string PathOf(IReadOnlyList<PreviewFiring> firings, long fromMs, long toMs)
    {
        var path = new StringBuilder();
        double span = Math.Max(1, toMs - fromMs), from = -1, to = -1;
        foreach (PreviewFiring firing in firings)
        {
            double left = Math.Clamp((firing.FromMs - fromMs) / span * Width, 0, Width - LeastWidth);
            double right = Math.Clamp(Math.Max((firing.ToMs - fromMs) / span * Width, left + LeastWidth), 0, Width);
            if (from >= 0 && left <= to + 1)
            {
                to = Math.Max(to, right);
                continue;
            }
            Bar(path, from, to);
            (from, to) = (left, right);
        }
        Bar(path, from, to);
        return path.ToString();
    }

    private static void Bar(StringBuilder path, double from, double to)
    {
        if (from >= 0)
        {
            path.Append(CultureInfo.InvariantCulture, $"M{from:0.#} 0H{to:0.#}V{Height}H{from:0.#}Z");
        }
    }
}
