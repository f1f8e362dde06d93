namespace MetricsGrains.Core.Alerting;

/// <summary>
/// What a rule would have done over a time, had it been there: as if it was made at <paramref name="FromMs"/> and evaluated at every minute's
/// start, with nothing silenced, muted or acknowledged and the node there all the time.
/// </summary>
/// <param name="FromMs">The first evaluation, a minute's start, Unix ms.</param>
/// <param name="ToMs">The last one, likewise.</param>
/// <param name="Groups">Those that fired first (most firings first), then the others, each in canonical order of their tags.</param>
/// <param name="TotalGroups">All groups that were evaluated, shown or not.</param>
/// <param name="TotalFirings">Of all groups.</param>
/// <param name="TotalPages">Messages to each of the rule's channels that would have told of something new that fires: what fires within 30 s shares one, and they are 5 min apart.</param>
/// <param name="TotalReminders">Messages to each channel that would have repeated what nobody acknowledged.</param>
/// <param name="Truncated">Groups that were evaluated and counted, but are not in <paramref name="Groups"/>.</param>
/// <param name="Uncounted">Groups that were too many to be evaluated at all: nothing here counts them.</param>
/// <param name="Unit">The metric's; may be empty.</param>
/// <param name="Problem">Why there is nothing to see ("no metric named …"); empty when there is.</param>
public sealed record RulePreview(
    long FromMs, long ToMs, IReadOnlyList<PreviewGroup> Groups, int TotalGroups, int TotalFirings, int TotalPages, int TotalReminders,
    int Truncated = 0, int Uncounted = 0, string Unit = "", string Problem = "")
{
    /// <summary>False: nothing was ever received under the metric's name.</summary>
    public bool MetricKnown { get; init; } = true;

    /// <summary>Groups that a rule would not watch, for it watches only so many.</summary>
    public int Unwatched => Math.Max(0, TotalGroups + Uncounted - Grains.AlertInstances.Max);

    /// <summary>Groups that are shown at most.</summary>
    public const int MaxGroups = 200;

    /// <summary>Runs the rule over values that are at hand.</summary>
    /// <param name="series">One for each group.</param>
    /// <param name="fromMs">The first evaluation, Unix ms; cut down to the minute, as is <paramref name="toMs"/>.</param>
    public static RulePreview Simulate(AlertRule rule, IReadOnlyList<PreviewSeries> series, long fromMs, long toMs)
    {
        var simulation = new PreviewSimulation(rule, fromMs, toMs);
        foreach (PreviewSeries group in series)
        {
            simulation.Track(group.Tags).ObserveAll(group.Points);
        }
        return simulation.Result();
    }

    /// <summary>A preview that shows nothing but why.</summary>
    public static RulePreview Empty(long fromMs, long toMs, string problem) => new(fromMs, toMs, [], 0, 0, 0, 0, Problem: problem);
}
