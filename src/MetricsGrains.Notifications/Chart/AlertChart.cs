using System.Globalization;
using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Notifications.Chart;

/// <summary>An alert's last values and its threshold as a picture for mails. Twice as many pixels as it is shown with, for sharp screens.</summary>
internal static class AlertChart
{
    /// <summary>What it is to be shown with; it has twice as many pixels.</summary>
    public const int ShownWidth = 560;

    public const int ShownHeight = 180;

    private const int Left = 116, Right = 24, Top = 20, Bottom = 44, FontScale = 3;

    private static readonly Colour s_paper = Colour.Of(0xffffff);
    private static readonly Colour s_grid = Colour.Of(0xe4e7ec);
    private static readonly Colour s_ink = Colour.Of(0x667085);
    private static readonly Colour s_line = Colour.Of(0x2563eb);
    private static readonly Colour s_threshold = Colour.Of(0xd92d20);

    /// <returns>A PNG; null when there are less than two values to draw.</returns>
    public static byte[]? Draw(AlertNotice notice)
    {
        double[] finite = [.. notice.Recent.Where(double.IsFinite)];
        if (finite.Length < 2)
        {
            return null;
        }
        // A dead-man's switch has no threshold: its values are counts of samples.
        double? threshold = notice.RuleType == AlertRuleType.Threshold && double.IsFinite(notice.Threshold) ? notice.Threshold : null;
        ValueAxis axis = ValueAxis.Over(threshold is { } line ? [.. finite, line] : finite);
        var canvas = new Canvas(2 * ShownWidth, 2 * ShownHeight);
        canvas.Fill(0, 0, canvas.Width, canvas.Height, s_paper);
        if (threshold is { } tinted)
        {
            TintAlertSide(canvas, axis, tinted, notice.Condition);
        }
        DrawGrid(canvas, axis);
        DrawTimes(canvas, notice);
        DrawValues(canvas, axis, notice.Recent);
        if (threshold is { } dashed)
        {
            DrawThreshold(canvas, axis, dashed);
        }
        return canvas.ToPng();
    }

    private static void DrawGrid(Canvas canvas, ValueAxis axis)
    {
        foreach (double tick in axis.Ticks())
        {
            int y = (int)YOf(canvas, axis, tick);
            canvas.Fill(Left, y - 1, canvas.Width - Right, y + 1, s_grid);
            string label = ValueAxis.LabelOf(tick);
            PixelFont.Draw(canvas, Left - 14 - PixelFont.WidthOf(label, FontScale), y - (PixelFont.GlyphHeight * FontScale / 2), label, FontScale, s_ink);
        }
    }

    // One value a minute, the newest just before the notice.
    private static void DrawTimes(Canvas canvas, AlertNotice notice)
    {
        int y = canvas.Height - Bottom + 16;
        PixelFont.Draw(canvas, Left, y, TimeOf(notice.AtMs - ((notice.Recent.Count - 1) * 60_000L)), FontScale, s_ink);
        string now = TimeOf(notice.AtMs) + " UTC";
        PixelFont.Draw(canvas, canvas.Width - Right - PixelFont.WidthOf(now, FontScale), y, now, FontScale, s_ink);
    }

    private static void DrawValues(Canvas canvas, ValueAxis axis, IReadOnlyList<double> values)
    {
        var run = new List<(double X, double Y)>();
        for (int i = 0; i <= values.Count; i++)
        {
            if (i < values.Count && double.IsFinite(values[i]))
            {
                run.Add((XOf(canvas, i, values.Count), YOf(canvas, axis, values[i])));
            }
            else if (run.Count > 0)
            {
                ShadeBelow(canvas, run);
                canvas.Polyline(run, run.Count == 1 ? 8 : 5, s_line);
                run.Clear();
            }
        }
        if (double.IsFinite(values[^1]))
        {
            canvas.Polyline([(XOf(canvas, values.Count - 1, values.Count), YOf(canvas, axis, values[^1]))], 14, s_line);
        }
    }

    private static void ShadeBelow(Canvas canvas, List<(double X, double Y)> run)
    {
        for (int i = 0; i + 1 < run.Count; i++)
        {
            ((double fromX, double fromY), (double toX, double toY)) = (run[i], run[i + 1]);
            for (int x = (int)fromX; x < (int)toX; x++)
            {
                double y = fromY + ((toY - fromY) * (x - fromX) / (toX - fromX));
                canvas.Fill(x, (int)y, x + 1, canvas.Height - Bottom, s_line, 0.08);
            }
        }
    }

    // The side on which it is an alert, so that the picture tells "above" from "below".
    private static void TintAlertSide(Canvas canvas, ValueAxis axis, double threshold, AlertCondition condition)
    {
        int y = (int)YOf(canvas, axis, threshold), right = canvas.Width - Right;
        if (AlertConditions.IsUpward(condition))
        {
            canvas.Fill(Left, Top, right, y, s_threshold, 0.06);
        }
        else if (condition is AlertCondition.Lt or AlertCondition.Lte)
        {
            canvas.Fill(Left, y, right, canvas.Height - Bottom, s_threshold, 0.06);
        }
    }

    private static void DrawThreshold(Canvas canvas, ValueAxis axis, double threshold)
    {
        int y = (int)YOf(canvas, axis, threshold), right = canvas.Width - Right;
        for (int x = Left; x < right; x += 20)
        {
            canvas.Fill(x, y - 2, Math.Min(x + 12, right), y + 2, s_threshold);
        }
    }

    private static double XOf(Canvas canvas, int index, int count) => Left + ((canvas.Width - Left - Right - 8) * (double)index / Math.Max(count - 1, 1));

    private static double YOf(Canvas canvas, ValueAxis axis, double value) =>
        Top + ((canvas.Height - Top - Bottom) * (1 - ((Math.Clamp(value, axis.From, axis.To) - axis.From) / (axis.To - axis.From))));

    private static string TimeOf(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString("HH:mm", CultureInfo.InvariantCulture);
}
