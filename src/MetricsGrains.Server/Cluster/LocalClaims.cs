using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Cluster;

/// <summary>Claims where one process alone uses the store: nobody else can hold one.</summary>
public sealed class LocalClaims(IRollupStore store, TimeProvider time) : IMetricClaims
{
    // A later process begins beyond: activations are fewer than milliseconds.
    private long _epoch = time.GetUtcNow().ToUnixTimeMilliseconds();

    public async Task<IReadOnlyList<MetricClaim>> ClaimAsync(IReadOnlyList<string> metrics, CancellationToken cancel)
    {
        var claims = new List<MetricClaim>(metrics.Count);
        foreach (string metric in metrics)
        {
            claims.Add(new MetricClaim(metric, (ulong)Interlocked.Increment(ref _epoch), await store.ReadCursorsAsync(metric, cancel)));
        }
        return claims;
    }

    public Task<IReadOnlyList<string>> FindSupersededAsync(IReadOnlyList<KeyValuePair<string, ulong>> epochs, CancellationToken cancel) => Task.FromResult<IReadOnlyList<string>>([]);
}
