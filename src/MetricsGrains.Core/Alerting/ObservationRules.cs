using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Alerting;

/// <summary>What follows from what an evaluation read, and from what the node was there to hear.</summary>
public static class ObservationRules
{
    /// <summary>A threshold rule's observation of one group.</summary>
    /// <param name="group">Null: the window has no samples of it.</param>
    public static Observation OfThreshold(AlertRule rule, AlertState state, ObservedGroup? group, in EvaluationWindow window)
    {
        if (group is null)
        {
            return window.IsWhole ? Observation.NoData : Observation.Incomplete(WhyIncomplete(window));
        }
        // Of a window that was not wholly attended a mean is still one of what was heard. A sum is too small: enough for an alarm that wants more, and nothing else.
        bool trusted = window.IsWhole || !Accumulates(rule.Statistic.Kind) || (AlertConditions.IsUpward(rule.Condition) && AlertStep.IsBreaching(rule, state, group.Value));
        return trusted ? Observation.Of(group.Value) : Observation.Incomplete(WhyIncomplete(window));
    }

    /// <summary>A dead-man's switch's observation of one group: the seconds of silence, counted only while the node was there to hear.</summary>
    /// <param name="lastSampleMs">Event time of the newest sample known of the group, Unix ms; for one that never sent when it was first expected.</param>
    /// <param name="heard">Whether the window has a sample of it.</param>
    public static Observation OfDeadMan(long lastSampleMs, bool heard, in EvaluationWindow window)
    {
        // Not a short silence, which would end an alert: it may have gone on all the time.
        return heard || window.IsWhole
            ? Observation.Of(Math.Max(0, window.ToMs - Math.Max(lastSampleMs, Math.Min(window.AttendedFromMs, window.ToMs))) / 1000.0)
            : Observation.Incomplete(WhyIncomplete(window));
    }

    /// <summary>Whether a part of a window gives a smaller number than the whole.</summary>
    public static bool Accumulates(StatisticKind statistic) =>
        statistic is StatisticKind.Sum or StatisticKind.Count or StatisticKind.Rate or StatisticKind.Increase or StatisticKind.Uniq;

    private static string WhyIncomplete(in EvaluationWindow window) => $"not everything in the window was heard: {window.Interruption}";
}
