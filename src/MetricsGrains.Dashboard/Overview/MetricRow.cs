using MetricsGrains.Core.Windows;
using MetricsGrains.Dashboard.Exploring;
using MetricsGrains.Dashboard.Live;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Overview;

/// <summary>One metric of the list, with the last half hour of its usual statistic.</summary>
public sealed class MetricRow(IMetricQueries queries, MetricInfo info, Cadence cadence)
{
    private const long SpanMs = 30 * Resolution.OneMinute;

    private readonly LiveQuery _live = new(queries, new ChartFeed(maxSeries: 1), cadence);

    public MetricInfo Info { get; set; } = info;

    public ChartFeed Feed => _live.Feed;

    public string Link => "explore" + (ExploreState.Empty with { Metric = Info.Name }).ToQuery();

    public async Task UpdateAsync(long nowMs, CancellationToken cancel)
    {
        Statistic statistic = FittingStatistics.Default(Info.Kind);
        Feed.Unit = Formatting.ValueFormat.UnitOf(Info.Unit, statistic);
        Feed.GrowsWithinBucket = FittingStatistics.GrowsWithinBucket(statistic);
        try
        {
            await _live.UpdateAsync(new MetricQuery(Info.Name, nowMs - SpanMs, nowMs + 1, Resolution.OneMinute, statistic, [], []), nowMs, cancel);
        }
        catch (Exception e) when (e is UnknownMetricException or QueryException)
        {
            // It left the retention since it was listed: its line stays empty until the list is read again.
            Feed.Clear();
        }
    }
}
