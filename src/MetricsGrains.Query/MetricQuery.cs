using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query;

/// <summary>A question about one metric, as pages and APIs ask it.</summary>
/// <param name="FromMs">Unix ms, inclusive; floored to the step.</param>
/// <param name="ToMs">Unix ms, exclusive; the bucket that holds it is included.</param>
/// <param name="StepMs">10 s, 1 m, 5 m, 1 h, 1 d, or any multiple of 10 s up to a day that divides a day.</param>
/// <param name="GroupBy">Null or empty: one line for everything.</param>
public sealed record MetricQuery(string Metric, long FromMs, long ToMs, long StepMs, Statistic Statistic, IReadOnlyList<TagFilter> Filters, IReadOnlyList<string> GroupBy);

/// <param name="BucketMs">Start of the bucket, Unix ms.</param>
public readonly record struct DataPoint(long BucketMs, double Value);

/// <summary>One line of a chart.</summary>
/// <param name="Tags">The group's tag values, in the order of the query's GroupBy; an absent tag is an empty string.</param>
public sealed record QuerySeries(IReadOnlyList<KeyValuePair<string, string>> Tags, IReadOnlyList<DataPoint> Points);

/// <summary>Where an answer came from.</summary>
public enum AnswerSource
{
    Memory,
    Store,
    MemoryAndStore,
}

/// <param name="FreshnessMs">Age of the newest sample of the series that matched, ms; null when there is none.</param>
/// <param name="StaleThresholdMs">30,000 where the last hour is in memory; more where all comes from the store.</param>
/// <param name="Truncated">Groups left out because there were more than the limit; 0 when none.</param>
public sealed record QueryMeta(long? FreshnessMs, long StaleThresholdMs, bool IsStale, AnswerSource Source, int Truncated);

/// <param name="Series">One for each group, ordered by tags. Empty when the metric is known but nothing is in range.</param>
public sealed record QueryResult(MetricQuery Query, MetricsGrains.Core.Model.MetricKind Kind, string Unit, IReadOnlyList<QuerySeries> Series, QueryMeta Meta);

/// <summary>The question can't be answered as asked: the parameter and what is wrong with it.</summary>
public sealed class QueryException(string parameter, string message) : Exception(message)
{
    public string Parameter { get; } = parameter;
}

/// <summary>No such metric, in memory or in the store.</summary>
public sealed class UnknownMetricException(string metric) : Exception($"no metric named '{metric}' has been received within the retention; /api/v1/metrics lists those that have")
{
    public string Metric { get; } = metric;
}
