namespace MetricsGrains.Crash.Tests.Stores;

/// <summary>What is stored of the crash test's metrics, read with plain SQL.</summary>
internal interface IStoredRows : IAsyncDisposable
{
    /// <returns>Null: nothing is damaged.</returns>
    Task<string?> DamageAsync();

    /// <param name="kind">1 minutes, 2 hours, 3 days.</param>
    Task<Dictionary<(string Metric, string Series, long Bucket), Tally>> RollupsAsync(int kind);

    /// <summary>Hours (2) or days (3) that are marked as not derived yet.</summary>
    Task<HashSet<(string Metric, long Bucket)>> DirtyAsync(int kind);

    /// <summary>Raw samples of each series.</summary>
    Task<Dictionary<(string Metric, string Series), double>> RawCountsAsync();
}
