using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Ports;

/// <summary>What an evaluation saw of one group.</summary>
/// <param name="Tags">The group's tags; see <see cref="AlertInstance.Tags"/>.</param>
/// <param name="LastSampleMs">Event time of the group's newest sample in the window, Unix ms; null when there is none.</param>
public sealed record ObservedGroup(TagSet Tags, double Value, long? LastSampleMs);

/// <summary>What an evaluation saw of a rule's metric.</summary>
/// <param name="Groups">Groups with samples in the window, in canonical order of their tags.</param>
/// <param name="Unit">The metric's; empty when there is none, or the metric is not known.</param>
/// <param name="MetricKnown">False: no such metric in memory or store.</param>
public sealed record ObservedValues(IReadOnlyList<ObservedGroup> Groups, string Unit, bool MetricKnown);

/// <summary>The value a rule watches. The one place that knows how it is made, so that other expressions can take its place.</summary>
public interface IAlertObserver
{
    /// <summary>The rule's statistic over [<paramref name="fromMs"/>, <paramref name="toMs"/>) for each group. For a dead-man's switch the value is the count of samples.</summary>
    /// <param name="fromMs">Unix ms, a multiple of 10,000; so is <paramref name="toMs"/>.</param>
    /// <exception cref="StoreUnavailableException">The window reaches beyond memory, and the store does not answer.</exception>
    /// <exception cref="AlertObservationException">The rule can't be evaluated: its statistic does not fit the metric's kind.</exception>
    Task<ObservedValues> ObserveAsync(AlertRule rule, long fromMs, long toMs, CancellationToken cancel);

    /// <summary>
    /// The group's value over the last half hour before <paramref name="toMs"/>, oldest first, for a sparkline; empty when there is none. Of a dead-man's
    /// switch the counts of samples, of the silence and the half hour before it.
    /// </summary>
    Task<IReadOnlyList<double>> RecentAsync(AlertRule rule, TagSet tags, long toMs, CancellationToken cancel);
}

/// <summary>The rule can't be evaluated as it is. The message says what to change.</summary>
public sealed class AlertObservationException(string message) : Exception(message);
