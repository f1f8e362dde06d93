using MetricsGrains.Core.Windows;

namespace MetricsGrains.Crash.Tests.Stores;

/// <summary>Compares what a stopped node left in its store with what must be there.</summary>
internal static class StoreComparison
{
    /// <returns>The first difference; null when there is none.</returns>
    public static async Task<string?> DifferenceAsync(ICrashStore store, Expected expected)
    {
        await using IStoredRows rows = store.OpenRows();
        return await rows.DamageAsync() ?? await RollupsAsync(rows, expected, 1, Resolution.OneMinute) ?? await RollupsAsync(rows, expected, 2, Resolution.OneHour)
            ?? await RollupsAsync(rows, expected, 3, Resolution.OneDay) ?? await RawAsync(rows, expected);
    }

    private static async Task<string?> RollupsAsync(IStoredRows rows, Expected expected, int kind, long stepMs)
    {
        HashSet<(string, long)> except = kind == 1 ? [] : await rows.DirtyAsync(kind);
        Dictionary<(string Metric, string Series, long Bucket), Tally> got = await rows.RollupsAsync(kind);
        var want = expected.Metrics.SelectMany(m => expected.Of(m.Metric, stepMs).Select(t => (Key: (m.Metric, t.Key.Series, t.Key.Bucket), Tally: t.Value))).ToDictionary(t => t.Key, t => t.Tally);
        foreach ((string Metric, string Series, long Bucket) key in want.Keys.Union(got.Keys).Order())
        {
            if (!except.Contains((key.Metric, key.Bucket)) && want.GetValueOrDefault(key) != got.GetValueOrDefault(key))
            {
                return $"store, rollups of {stepMs} ms, {key}: {got.GetValueOrDefault(key)}, must be {want.GetValueOrDefault(key)}";
            }
        }
        return null;
    }

    private static async Task<string?> RawAsync(IStoredRows rows, Expected expected)
    {
        Dictionary<(string Metric, string Series), double> got = await rows.RawCountsAsync();
        var want = expected.Metrics.SelectMany(m => expected.Of(m.Metric, Resolution.OneDay).GroupBy(t => t.Key.Series).Select(g => (Key: (m.Metric, g.Key), Count: g.Sum(t => t.Value.Count)))).ToDictionary(t => t.Key, t => t.Count);
        foreach ((string, string) key in want.Keys.Union(got.Keys).Order())
        {
            if (want.GetValueOrDefault(key) != got.GetValueOrDefault(key))
            {
                return $"store, raw samples of {key}: {got.GetValueOrDefault(key)}, must be {want.GetValueOrDefault(key)}; in all {got.Values.Sum()}, must be {want.Values.Sum()}";
            }
        }
        return null;
    }
}
