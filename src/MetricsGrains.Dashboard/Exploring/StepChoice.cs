using MetricsGrains.Core.Windows;

namespace MetricsGrains.Dashboard.Exploring;

/// <summary>Which bucket length a chart is drawn with.</summary>
public static class StepChoice
{
    /// <summary>More points than this are more than a screen's pixels are worth, and not worth their bytes.</summary>
    public const int MaxPoints = 750;

    // Ten-second buckets live in memory for an hour; the slack lets "the last hour" end a little before now.
    private const long TenSecondReachMs = Resolution.OneHour + 2 * Resolution.OneMinute;

    public static readonly IReadOnlyList<KeyValuePair<string, long>> Choices =
        [new("10s", Resolution.TenSeconds), new("1m", Resolution.OneMinute), new("5m", Resolution.FiveMinutes), new("1h", Resolution.OneHour), new("1d", Resolution.OneDay)];

    /// <summary>The finest step that stays under <see cref="MaxPoints"/> and is still kept for that time.</summary>
    /// <param name="finestMs">See <see cref="Live.Cadence.StepMs"/>.</param>
    public static long Auto(long fromMs, long toMs, long nowMs, long finestMs = Resolution.TenSeconds)
    {
        foreach ((_, long step) in Choices)
        {
            if (step >= finestMs && (toMs - fromMs) / step <= MaxPoints && (step > Resolution.TenSeconds || fromMs >= nowMs - TenSecondReachMs))
            {
                return step;
            }
        }
        return Resolution.OneDay;
    }

    public static string NameOf(long stepMs) => Choices.FirstOrDefault(c => c.Value == stepMs).Key ?? TimeRange.Last(stepMs).LengthText;

    public static bool TryParse(string? text, out long stepMs)
    {
        stepMs = Choices.FirstOrDefault(c => c.Key == text).Value;
        return stepMs > 0;
    }
}
