namespace MetricsGrains.Core.Ports;

/// <summary>
/// Which activation of a metric may write its rows, where several processes share a store. Every method can throw <see cref="StoreUnavailableException"/>
/// and may be repeated.
/// </summary>
public interface IMetricClaims
{
    /// <summary>
    /// Gives each metric a new epoch, waits for writes under earlier ones that are under way, and keeps later such writes out.
    /// </summary>
    /// <returns>A claim for each of <paramref name="metrics"/>, in their order.</returns>
    Task<IReadOnlyList<MetricClaim>> ClaimAsync(IReadOnlyList<string> metrics, CancellationToken cancel);

    /// <returns>Those of the metrics whose epoch is not the newest any more.</returns>
    Task<IReadOnlyList<string>> FindSupersededAsync(IReadOnlyList<KeyValuePair<string, ulong>> epochs, CancellationToken cancel);
}

/// <param name="Epoch">Greater than every one that was given out for the metric before.</param>
/// <param name="Cursors">The metric's rollup cursors, as the earlier activations left them.</param>
public sealed record MetricClaim(string Metric, ulong Epoch, IReadOnlyList<FlushCursor> Cursors);
