using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Tests.Cluster;

/// <summary>A store that several silos write to, with claims as PostgreSQL keeps them: a write holds its metrics' claims until it is through.</summary>
internal sealed class ClaimingStore : IMetricClaims
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, ulong> _epochs = new(StringComparer.Ordinal);

    public FakeStore Rows { get; } = new();

    /// <summary>How many samples of a metric there are, and their sum.</summary>
    public (long Count, double Sum) TotalOf(string metric)
    {
        _gate.Wait();
        try
        {
            RollupRow[] rows = [.. Rows.Flushes.Where(f => f.Metric == metric).SelectMany(f => f.Rows)];
            return ((long)rows.Sum(r => r.Aggregate.Count), rows.Sum(r => r.Aggregate.Sum));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <returns>See <see cref="IRollupStore.AppendAsync"/>.</returns>
    public async Task<IReadOnlyList<string>> AppendAsync(IReadOnlyList<RollupFlush> flushes)
    {
        await _gate.WaitAsync();
        try
        {
            RollupFlush[] current = [.. flushes.Where(f => _epochs.GetValueOrDefault(f.Metric) == f.Epoch)];
            await Rows.AppendAsync(current, CancellationToken.None);
            return [.. flushes.Except(current).Select(f => f.Metric)];
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task<IReadOnlyList<MetricClaim>> ClaimAsync(IReadOnlyList<string> metrics, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            var claims = new List<MetricClaim>();
            foreach (string metric in metrics)
            {
                ulong epoch = _epochs[metric] = _epochs.GetValueOrDefault(metric) + 1;
                claims.Add(new MetricClaim(metric, epoch, await Rows.ReadCursorsAsync(metric, cancel)));
            }
            return claims;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task<IReadOnlyList<string>> FindSupersededAsync(IReadOnlyList<KeyValuePair<string, ulong>> epochs, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            return [.. epochs.Where(e => _epochs.GetValueOrDefault(e.Key) > e.Value).Select(e => e.Key)];
        }
        finally
        {
            _gate.Release();
        }
    }
}
