using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query;

/// <summary>Refuses a statistic that has no meaning for the metric.</summary>
internal static class StatisticCheck
{
    /// <exception cref="QueryException">Says which statistics have.</exception>
    public static void Check(string metric, MetricKind kind, Statistic statistic)
    {
        if (!StatisticRules.Has(kind, statistic.Kind))
        {
            throw new QueryException("stat", Problem(metric, kind, statistic));
        }
    }

    public static string Problem(string metric, MetricKind kind, Statistic statistic) =>
        $"'{statistic}' can't be made of '{metric}', a {MetricKinds.NameOf(kind)}; ask for one of: {string.Join(", ", StatisticRules.Fitting(kind))}";
}
