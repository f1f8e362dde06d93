using MetricsGrains.Core.Model;

namespace MetricsGrains.Query;

/// <param name="SeriesCount">Series known, in memory or store, whichever is more.</param>
/// <param name="LastSeenMs">Unix ms.</param>
/// <param name="Active">In memory now.</param>
public sealed record MetricInfo(string Name, MetricKind Kind, string Unit, long SeriesCount, long LastSeenMs, bool Active);

/// <param name="Next">Give this as <c>after</c> to get the next page; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>All that pages and APIs ask about metrics. Merges grains' memory with the store.</summary>
public interface IMetricQueries
{
    /// <exception cref="QueryException">A parameter is wrong, or the statistic does not fit the metric's kind.</exception>
    /// <exception cref="UnknownMetricException"/>
    Task<QueryResult> QueryAsync(MetricQuery query, CancellationToken cancel);

    /// <summary>Names containing <paramref name="contains"/>, by name.</summary>
    /// <param name="limit">1 … 1,000.</param>
    Task<Page<MetricInfo>> ListMetricsAsync(string contains, string? after, int limit, CancellationToken cancel);

    /// <summary>What memory and store know of a metric; memory alone, where the metric is there and the store does not answer.</summary>
    /// <exception cref="UnknownMetricException"/>
    Task<MetricInfo> DescribeAsync(string metric, CancellationToken cancel);

    /// <summary>The metric's kind, without asking the store where memory knows it.</summary>
    /// <exception cref="UnknownMetricException"/>
    Task<MetricKind> KindOfAsync(string metric, CancellationToken cancel);

    /// <summary>Tag keys of a metric, each with how many distinct values it has, ordered by key.</summary>
    /// <exception cref="UnknownMetricException"/>
    Task<IReadOnlyList<KeyValuePair<string, int>>> TagKeysAsync(string metric, CancellationToken cancel);

    /// <summary>Values of one tag key containing <paramref name="contains"/>, ordered.</summary>
    /// <exception cref="UnknownMetricException"/>
    Task<Page<string>> TagValuesAsync(string metric, string key, string contains, string? after, int limit, CancellationToken cancel);
}
