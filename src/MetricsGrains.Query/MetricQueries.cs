using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query;

/// <summary>Answers queries from the grains' memory (the last hour) and the store (before that).</summary>
/// <param name="staleMs">After this long without a sample an answer is called stale, ms.</param>
public sealed class MetricQueries(IGrains grains, IRollupStore rollups, IRawStore raw, TimeProvider time, long staleMs = MetricQueries.StaleThresholdMs) : IMetricQueries
{
    /// <summary>Buckets an answer may have for each series: more can't be drawn, and is most likely a mistake in the range.</summary>
    public const int MaxBuckets = 11_000;

    /// <summary>Groups an answer may have.</summary>
    public const int MaxGroups = 1_000;

    /// <summary>What is usual for a node that has the last hour in memory.</summary>
    public const long StaleThresholdMs = 30_000;

    private const int MaxSeriesListed = 100_000;

    private readonly MemoryAndStore _merge = new(grains, rollups, raw);

    public async Task<QueryResult> QueryAsync(MetricQuery query, CancellationToken cancel)
    {
        Check(query);
        long from = Resolution.Floor(query.FromMs, query.StepMs), to = Resolution.Ceiling(query.ToMs, query.StepMs);
        var aggregates = new AggregateQuery(from, to, query.StepMs, query.Filters, query.GroupBy, StatisticRules.SketchNeedOf(query.Statistic));
        MergedAnswer answer = await _merge.ReadAsync(query.Metric, aggregates, cancel) ?? throw new UnknownMetricException(query.Metric);
        StatisticCheck.Check(query.Metric, answer.Kind, query.Statistic);
        return Result(query, answer);
    }

    public async Task<Page<MetricInfo>> ListMetricsAsync(string contains, string? after, int limit, CancellationToken cancel)
    {
        CheckLimit(limit);
        IReadOnlyList<MetricSummary> active = await grains.ListAsync(contains, after ?? "", limit + 1, cancel);
        IReadOnlyList<StoredMetric> stored = await rollups.ListMetricsAsync(contains, after ?? "", limit + 1, cancel);
        var merged = new SortedDictionary<string, MetricInfo>(StringComparer.Ordinal);
        foreach (StoredMetric metric in stored)
        {
            merged[metric.Name] = Info(null, metric);
        }
        foreach (MetricSummary metric in active)
        {
            merged[metric.Name] = merged.TryGetValue(metric.Name, out MetricInfo? known)
                ? known with { Kind = metric.Kind, Unit = metric.Unit, SeriesCount = Math.Max(known.SeriesCount, metric.SeriesCount), LastSeenMs = Math.Max(known.LastSeenMs, metric.LastSeenMs), Active = true }
                : Info(metric, null);
        }
        MetricInfo[] page = [.. merged.Values.Take(limit)];
        return new Page<MetricInfo>(page, merged.Count > limit ? page[^1].Name : null);
    }

    public async Task<MetricInfo> DescribeAsync(string metric, CancellationToken cancel)
    {
        MetricSummary? active = await grains.DescribeAsync(metric, cancel);
        StoredMetric? stored = null;
        try
        {
            stored = await rollups.FindMetricAsync(metric, cancel);
        }
        catch (StoreUnavailableException) when (active is not null)
        {
            // Who looks at the last hour must be able to while the database is down.
        }
        return active is null && stored is null ? throw new UnknownMetricException(metric) : Info(active, stored);
    }

    public async Task<MetricKind> KindOfAsync(string metric, CancellationToken cancel) =>
        (await grains.DescribeAsync(metric, cancel))?.Kind ?? (await rollups.FindMetricAsync(metric, cancel))?.Kind ?? throw new UnknownMetricException(metric);

    public async Task<IReadOnlyList<KeyValuePair<string, int>>> TagKeysAsync(string metric, CancellationToken cancel)
    {
        var values = new SortedDictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (TagSet tags in await SeriesTagsAsync(metric, cancel))
        {
            foreach ((string key, string value) in tags.ToPairs())
            {
                if (!values.TryGetValue(key, out HashSet<string>? seen))
                {
                    values.Add(key, seen = new HashSet<string>(StringComparer.Ordinal));
                }
                seen.Add(value);
            }
        }
        return [.. values.Select(v => new KeyValuePair<string, int>(v.Key, v.Value.Count))];
    }

    public async Task<Page<string>> TagValuesAsync(string metric, string key, string contains, string? after, int limit, CancellationToken cancel)
    {
        CheckLimit(limit);
        var values = new SortedSet<string>(StringComparer.Ordinal);
        foreach (TagSet tags in await SeriesTagsAsync(metric, cancel))
        {
            if (tags.TryGet(key, out string? value) && value.Contains(contains, StringComparison.OrdinalIgnoreCase) && (after is null || string.CompareOrdinal(value, after) > 0))
            {
                values.Add(value);
            }
        }
        string[] page = [.. values.Take(limit)];
        return new Page<string>(page, values.Count > limit ? page[^1] : null);
    }

    private static void Check(MetricQuery query)
    {
        if (query.Metric.Length == 0)
        {
            throw new QueryException("name", "missing: which metric?");
        }
        if (query.StepMs < Resolution.TenSeconds || query.StepMs % Resolution.TenSeconds != 0 || Resolution.OneDay % query.StepMs != 0)
        {
            throw new QueryException("resolution", "must be 10s, 1m, 5m, 1h, 1d, or another multiple of 10s that divides a day");
        }
        if (query.FromMs >= query.ToMs)
        {
            throw new QueryException("from", "must be before 'to'");
        }
        long buckets = ((query.ToMs - query.FromMs) / query.StepMs) + 2;
        if (buckets > MaxBuckets)
        {
            throw new QueryException("resolution", $"the range has {buckets} buckets of this resolution, more than {MaxBuckets}; ask for a coarser one or a shorter range");
        }
    }

    private static void CheckLimit(int limit)
    {
        if (limit is < 1 or > 1000)
        {
            throw new QueryException("limit", "must be from 1 to 1000");
        }
    }

    private static MetricInfo Info(MetricSummary? active, StoredMetric? stored) => new(
        active?.Name ?? stored!.Name,
        active?.Kind ?? stored!.Kind,
        active?.Unit ?? stored!.Unit,
        Math.Max(active?.SeriesCount ?? 0, stored?.SeriesCount ?? 0),
        Math.Max(active?.LastSeenMs ?? long.MinValue, stored?.LastSeenMs ?? long.MinValue),
        active is not null);

    private QueryResult Result(MetricQuery query, MergedAnswer answer)
    {
        AggregateFrame frame = answer.Frame;
        var series = new List<QuerySeries>(Math.Min(frame.Groups.Count, MaxGroups));
        foreach (AggregateGroup group in frame.Groups.Take(MaxGroups))
        {
            var points = new DataPoint[group.Points.Count];
            for (int i = 0; i < points.Length; i++)
            {
                points[i] = new DataPoint(group.Points[i].BucketMs, StatisticRules.ValueOf(query.Statistic, group.Points[i], query.StepMs));
            }
            series.Add(new QuerySeries(TagsOf(query, group.Key), points));
        }
        long? freshness = answer.NewestMs == long.MinValue ? null : Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds() - answer.NewestMs);
        var meta = new QueryMeta(freshness, staleMs, freshness is null || freshness > staleMs, answer.Source, Math.Max(0, frame.Groups.Count - MaxGroups));
        return new QueryResult(query, answer.Kind, answer.Unit, series, meta);
    }

    private static IReadOnlyList<KeyValuePair<string, string>> TagsOf(MetricQuery query, TagSet key) =>
        [.. query.GroupBy.Select(k => new KeyValuePair<string, string>(k, key.TryGet(k, out string? value) ? value : ""))];

    private async Task<IEnumerable<TagSet>> SeriesTagsAsync(string metric, CancellationToken cancel)
    {
        IReadOnlyList<ActiveSeries> active = await grains.ListSeriesAsync(metric, MaxSeriesListed, cancel);
        IReadOnlyList<SeriesDefinition> stored = await rollups.ListSeriesAsync(metric, MaxSeriesListed, cancel);
        if (active.Count == 0 && stored.Count == 0)
        {
            throw new UnknownMetricException(metric);
        }
        return active.Select(s => s.Tags).Concat(stored.Select(s => s.Tags)).Distinct();
    }
}
