using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Dashboard.Exploring;
using MetricsGrains.Dashboard.Formatting;
using MetricsGrains.Dashboard.Live;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>One alert on the Alerts page, with the last half hour of what its rule watches.</summary>
public sealed class AlertRow(IMetricQueries queries, AlertRule rule, TagSet tags)
{
    private const long SpanMs = 30 * Resolution.OneMinute;

    private readonly LiveQuery _live = new(queries, new ChartFeed(maxSeries: 1));

    public AlertRule Rule { get; private set; } = rule;

    public TagSet Tags => tags;

    /// <summary>Null: the rule itself can't be evaluated, or waits for its first sample, and has no instance to say so.</summary>
    public AlertInstance? Instance { get; private set; }

    /// <summary>What keeps it from being told now; null when nothing does.</summary>
    public Silence? Silence { get; private set; }

    /// <summary>Why it stands where it stands; may be empty.</summary>
    public string Detail { get; private set; } = "";

    public ChartFeed Feed => _live.Feed;

    /// <summary>Stable for one instance of one rule; safe in an element's id.</summary>
    public string Key { get; } = KeyOf(rule, tags);

    public AlertState State => Instance?.State ?? AlertState.New;

    /// <summary>When the incident began or ended, or the phase; Unix ms.</summary>
    public long SinceMs => State.Held switch
    {
        AlertPhase.Firing or AlertPhase.NoData => State.IncidentMs ?? State.SinceMs,
        AlertPhase.Pending => State.PendingSinceMs ?? State.SinceMs,
        AlertPhase.Resolved => State.ResolvedMs ?? State.SinceMs,
        _ => State.SinceMs,
    };

    public bool CanAcknowledge => State.IsAlerting && Instance?.Acknowledged is null;

    public string ValueText => AlertText.Value(Rule, State.LastValue, _live.LastResult?.Unit ?? "");

    public string ConditionText => AlertText.Condition(Rule, _live.LastResult?.Unit ?? "");

    public static string KeyOf(AlertRule rule, TagSet tags) => $"{rule.Id:N}-{StableHash.Of(tags.Canonical):x16}";

    /// <returns>Whether anything that is shown changed.</returns>
    public bool Take(AlertRule now, AlertInstance? instance, Silence? silence, string detail)
    {
        bool same = Rule.Version == now.Version && Instance == instance && Silence?.Id == silence?.Id && Silence?.Version == silence?.Version && Detail == detail;
        (Rule, Instance, Silence, Detail) = (now, instance, silence, detail);
        return !same;
    }

    /// <summary>Reads the line.</summary>
    /// <returns>Whether a text changed because the metric's unit became known.</returns>
    public async Task<bool> UpdateLineAsync(long nowMs, CancellationToken cancel)
    {
        string? unit = _live.LastResult?.Unit;
        MetricQuery question = AlertLinks.Line(Rule, tags, SpanMs, nowMs);
        Feed.GrowsWithinBucket = FittingStatistics.GrowsWithinBucket(question.Statistic);
        try
        {
            await _live.UpdateAsync(question, nowMs, cancel);
            Feed.Unit = ValueFormat.UnitOf(_live.LastResult!.Unit, question.Statistic);
        }
        catch (Exception e) when (e is UnknownMetricException or QueryException)
        {
            // A dead-man's switch fires for a metric that is gone, and a rule may be wrong: the alert is shown all the same, without a line.
            Feed.Clear();
        }
        return unit != _live.LastResult?.Unit && _live.LastResult is { Unit.Length: > 0 };
    }
}
