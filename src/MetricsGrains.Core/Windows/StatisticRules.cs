using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Windows;

/// <summary>Which statistics a kind of metric has, and how each is made of a window.</summary>
public static class StatisticRules
{
    /// <summary>The statistics a kind has, as they are asked for.</summary>
    public static IEnumerable<string> Fitting(MetricKind kind) =>
        Enum.GetValues<StatisticKind>().Where(s => Has(kind, s)).Select(s => s == StatisticKind.Percentile ? "p50, p95, p99, p<any>" : s.ToString().ToLowerInvariant());

    public static bool Has(MetricKind kind, StatisticKind statistic) => statistic switch
    {
        StatisticKind.Percentile => MetricKinds.HasSketch(kind),
        StatisticKind.Uniq => kind == MetricKind.Set,
        StatisticKind.Rate or StatisticKind.Increase => kind is not (MetricKind.Gauge or MetricKind.Set),
        StatisticKind.Count => true,
        _ => kind != MetricKind.Set,
    };

    /// <summary>What a newcomer to the metric would want to see.</summary>
    public static Statistic DefaultOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter or MetricKind.CumulativeCounter => new Statistic(StatisticKind.Rate),
        MetricKind.Distribution or MetricKind.Histogram => new Statistic(StatisticKind.Percentile, 0.99),
        MetricKind.Set => new Statistic(StatisticKind.Uniq),
        _ => new Statistic(StatisticKind.Avg),
    };

    public static SketchNeed SketchNeedOf(Statistic statistic) =>
        statistic.Kind is StatisticKind.Percentile or StatisticKind.Uniq ? SketchNeed.Yes : SketchNeed.None;

    /// <param name="stepMs">The bucket's length; a rate is the increase over it, per second.</param>
    public static double ValueOf(Statistic statistic, AggregatePoint point, long stepMs)
    {
        ref readonly WindowAggregate a = ref point.Aggregate;
        return statistic.Kind switch
        {
            StatisticKind.Avg => a.Sum / a.Count,
            StatisticKind.Min => a.Min,
            StatisticKind.Max => a.Max,
            StatisticKind.Sum => a.Sum,
            StatisticKind.Count => a.Count,
            StatisticKind.Last => a.Last,
            StatisticKind.Increase => a.Increase,
            StatisticKind.Rate => a.Increase / (stepMs / 1000.0),
            StatisticKind.Percentile => point.Sketch?.Quantile(statistic.Quantile, a.Min, a.Max) ?? double.NaN,
            StatisticKind.Uniq => Math.Round(point.Distinct?.Estimate() ?? 0),
            _ => throw new System.Diagnostics.UnreachableException($"BUG: statistic {statistic.Kind} has no formula"),
        };
    }
}
