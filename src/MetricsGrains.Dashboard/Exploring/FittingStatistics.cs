using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Exploring;

/// <summary>Which statistics make sense of which kind of metric.</summary>
public static class FittingStatistics
{
    public static Statistic Default(MetricKind kind) => kind switch
    {
        MetricKind.Counter or MetricKind.CumulativeCounter => new(StatisticKind.Rate),
        MetricKind.Distribution or MetricKind.Histogram => new(StatisticKind.Percentile, 0.99),
        MetricKind.Set => new(StatisticKind.Uniq),
        _ => new(StatisticKind.Avg),
    };

    /// <summary>Those offered as choices; <see cref="Fits"/> allows any percentile besides.</summary>
    /// <param name="kind">Null: not known yet.</param>
    public static IReadOnlyList<Statistic> Offered(MetricKind? kind) => kind switch
    {
        null => Of("avg", "min", "max", "last", "sum", "count", "rate", "increase", "p50", "p90", "p95", "p99", "uniq"),
        MetricKind.Gauge => Of("avg", "min", "max", "last", "sum", "count"),
        MetricKind.Counter => Of("rate", "increase", "count"),
        MetricKind.CumulativeCounter => Of("rate", "increase", "last"),
        MetricKind.Distribution or MetricKind.Histogram => Of("p50", "p75", "p90", "p95", "p99", "p99.9", "avg", "min", "max", "count", "rate", "sum"),
        MetricKind.Set => Of("uniq", "count"),
        _ => [],
    };

    public static bool Fits(MetricKind kind, Statistic statistic) =>
        statistic.Kind == StatisticKind.Percentile ? MetricKinds.HasSketch(kind) : Offered(kind).Contains(statistic);

    /// <summary>Whether a bucket that is still filling shows less than it will in the end.</summary>
    public static bool GrowsWithinBucket(Statistic statistic) =>
        statistic.Kind is StatisticKind.Rate or StatisticKind.Increase or StatisticKind.Sum or StatisticKind.Count or StatisticKind.Uniq;

    private static Statistic[] Of(params string[] names) =>
        Array.ConvertAll(names, n => Statistic.TryParse(n, out Statistic s) ? s : throw new System.Diagnostics.UnreachableException("BUG: no statistic " + n));
}
