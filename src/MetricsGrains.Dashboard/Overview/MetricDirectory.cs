using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Overview;

/// <summary>All metrics by name, those that the node sends itself last: who opens the page looks for their own.</summary>
public sealed class MetricDirectory(IMetricQueries queries)
{
    // After every name with a prefix, before any other: no metric's name holds this character.
    private const string AfterAll = "\uffff";

    /// <param name="after">The <c>Next</c> of the page before; null for the first.</param>
    public async Task<Page<MetricInfo>> ListAsync(string contains, string? after, int limit, CancellationToken cancel)
    {
        var found = new List<MetricInfo>(limit + 1);
        if (after is null || !OwnMetrics.IsOwn(after))
        {
            await AddOthersAsync(found, contains, after, limit + 1, cancel);
            after = null;
        }
        foreach (string prefix in OwnMetrics.Prefixes)
        {
            if (found.Count <= limit && string.CompareOrdinal(prefix + AfterAll, after) > 0)
            {
                await AddOwnAsync(found, contains, prefix, string.CompareOrdinal(prefix, after) > 0 ? prefix : after!, limit + 1, cancel);
            }
        }
        return found.Count > limit ? new Page<MetricInfo>(found[..limit], found[limit - 1].Name) : new Page<MetricInfo>(found, null);
    }

    private async Task AddOthersAsync(List<MetricInfo> found, string contains, string? after, int limit, CancellationToken cancel)
    {
        while (found.Count < limit)
        {
            Page<MetricInfo> page = await queries.ListMetricsAsync(contains, after, limit, cancel);
            found.AddRange(page.Items.Where(m => !OwnMetrics.IsOwn(m.Name)).Take(limit - found.Count));
            if (page.Next is null)
            {
                return;
            }
            after = OwnMetrics.PrefixOf(page.Next) is { } prefix ? prefix + AfterAll : page.Next;
        }
    }

    private async Task AddOwnAsync(List<MetricInfo> found, string contains, string prefix, string after, int limit, CancellationToken cancel)
    {
        Page<MetricInfo> page = await queries.ListMetricsAsync(contains, after, limit - found.Count, cancel);
        found.AddRange(page.Items.TakeWhile(m => m.Name.StartsWith(prefix, StringComparison.Ordinal)));
    }
}
