using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Overview;

/// <summary>The metrics that a node sends itself; where there are no others, nobody has sent any yet.</summary>
public static class OwnMetrics
{
    private const int PageSize = 1000;

    // The meters of the .NET runtime and of Kestrel, by their instruments' names.
    private static readonly string[] s_prefixes = ["aspnetcore.", "dns.", "dotnet.", "http.client.", "http.server.", "kestrel.", "metricsgrains."];

    /// <summary>In order.</summary>
    public static IReadOnlyList<string> Prefixes => s_prefixes;

    public static bool IsOwn(string metric) => PrefixOf(metric) is not null;

    public static string? PrefixOf(string metric) => s_prefixes.FirstOrDefault(p => metric.StartsWith(p, StringComparison.Ordinal));

    public static async Task<bool> AreAllAsync(IMetricQueries queries, CancellationToken cancel)
    {
        Page<MetricInfo> page = await queries.ListMetricsAsync("", null, PageSize, cancel);
        return page.Next is null && page.Items.All(m => IsOwn(m.Name));
    }
}
