using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Query;

/// <summary>What a rule would have done, before anybody saves it.</summary>
public interface IRulePreviews
{
    /// <summary>Runs the rule over what is known of its metric. What keeps it from being run (no such metric, a statistic the metric does not have) is in <see cref="RulePreview.Problem"/>.</summary>
    /// <param name="fromMs">Unix ms; at most <see cref="RulePreviews.MaxRange"/> before <paramref name="toMs"/>. A later <paramref name="toMs"/> than now is taken as now.</param>
    /// <exception cref="QueryException">The range or the rule's window is out of bounds.</exception>
    /// <exception cref="MetricsGrains.Core.Ports.StoreUnavailableException"/>
    Task<RulePreview> PreviewAsync(AlertRule rule, long fromMs, long toMs, CancellationToken cancel);
}
