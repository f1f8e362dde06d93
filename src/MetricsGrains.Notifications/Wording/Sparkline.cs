namespace MetricsGrains.Notifications.Wording;

/// <summary>A line of values as text: ▁▂▃▄▅▆▇█, the least at the bottom, the greatest on top.</summary>
internal static class Sparkline
{
    /// <summary>What fits in a line of a phone.</summary>
    public const int MaxChars = 30;

    private const string Levels = "▁▂▃▄▅▆▇█";

    /// <summary>The newest <see cref="MaxChars"/> values; a gap for what is no number. Empty when there are less than two numbers.</summary>
    public static string Of(IReadOnlyList<double> values)
    {
        double[] shown = [.. values.TakeLast(MaxChars)];
        double[] finite = [.. shown.Where(double.IsFinite)];
        if (finite.Length < 2)
        {
            return "";
        }
        double least = finite.Min(), greatest = finite.Max();
        return string.Concat(shown.Select(v => double.IsFinite(v) ? Levels[LevelOf(v, least, greatest)] : ' '));
    }

    // Halved first: the range of two finite numbers can be infinite. A line that does not move lies low.
    private static int LevelOf(double value, double least, double greatest)
    {
        double range = (greatest / 2) - (least / 2);
        return range <= 0 ? 0 : Math.Clamp((int)(((value / 2) - (least / 2)) / range * Levels.Length), 0, Levels.Length - 1);
    }
}
