using MetricsGrains.Core.Model;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Tests;

/// <summary>Answers what a test puts in, and remembers what it was asked.</summary>
internal sealed class FakeQueries : IMetricQueries
{
    public SortedDictionary<string, MetricKind> Metrics { get; } = new(StringComparer.Ordinal);

    public Dictionary<(string Metric, string Group), SortedDictionary<long, double>> Points { get; } = [];

    public List<MetricQuery> Asked { get; } = [];

    public Exception? Failure { get; set; }

    public void Set(string metric, string group, long bucketMs, double value)
    {
        if (!Points.TryGetValue((metric, group), out SortedDictionary<long, double>? points))
        {
            Points[(metric, group)] = points = [];
        }
        points[bucketMs] = value;
    }

    public Task<QueryResult> QueryAsync(MetricQuery query, CancellationToken cancel)
    {
        Asked.Add(query);
        if (Failure is not null)
        {
            throw Failure;
        }
        if (!Metrics.TryGetValue(query.Metric, out MetricKind kind))
        {
            throw new UnknownMetricException(query.Metric);
        }
        long from = Core.Windows.Resolution.Floor(query.FromMs, query.StepMs);
        QuerySeries[] series = [.. Points.Where(p => p.Key.Metric == query.Metric).Select(p => new QuerySeries(
            [.. query.GroupBy.Select(k => new KeyValuePair<string, string>(k, p.Key.Group))],
            [.. p.Value.Where(v => v.Key >= from && v.Key < query.ToMs).Select(v => new DataPoint(v.Key, v.Value))]))];
        return Task.FromResult(new QueryResult(query, kind, "ms", series, new QueryMeta(100, 30_000, false, AnswerSource.Memory, 0)));
    }

    public Task<Page<MetricInfo>> ListMetricsAsync(string contains, string? after, int limit, CancellationToken cancel)
    {
        MetricInfo[] hits = [.. Metrics.Where(m => m.Key.Contains(contains, StringComparison.Ordinal) && (after is null || string.CompareOrdinal(m.Key, after) > 0))
            .Select(m => Info(m.Key)).Take(limit + 1)];
        return Task.FromResult(hits.Length > limit ? new Page<MetricInfo>(hits[..limit], hits[limit - 1].Name) : new Page<MetricInfo>(hits, null));
    }

    public Task<MetricInfo> DescribeAsync(string metric, CancellationToken cancel) =>
        Metrics.ContainsKey(metric) ? Task.FromResult(Info(metric)) : throw new UnknownMetricException(metric);

    public Task<MetricKind> KindOfAsync(string metric, CancellationToken cancel) =>
        Metrics.TryGetValue(metric, out MetricKind kind) ? Task.FromResult(kind) : throw new UnknownMetricException(metric);

    public Task<IReadOnlyList<KeyValuePair<string, int>>> TagKeysAsync(string metric, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<KeyValuePair<string, int>>>([new("region", 2)]);

    public Task<Page<string>> TagValuesAsync(string metric, string key, string contains, string? after, int limit, CancellationToken cancel) =>
        Task.FromResult(new Page<string>(["eu", "us"], null));

    private MetricInfo Info(string name) => new(name, Metrics[name], "ms", 1, 1, true);
}
