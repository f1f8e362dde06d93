using MetricsGrains.Core.Windows;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Overview;

/// <summary>One tile of the Overview: which of the node's own metrics it shows, and how.</summary>
/// <param name="Id">Part of the tile's <c>data-testid</c>.</param>
/// <param name="Statistic">What is asked. <see cref="StatisticKind.Increase"/> is shown per second.</param>
/// <param name="Unit">Overrides the metric's own; null: as the metric says.</param>
/// <param name="ReasonTag">A tag whose most frequent values are shown under the number.</param>
public sealed record TileSpec(string Id, string Title, string Metric, Statistic Statistic, string? Unit, string Hint, string? ReasonTag = null)
{
    private static readonly Statistic s_increase = new(StatisticKind.Increase);
    private static readonly Statistic s_last = new(StatisticKind.Last);

    public static readonly IReadOnlyList<TileSpec> All =
    [
        new("received", "Points in", "metricsgrains.ingest.received", s_increase, "", "Points that reached the listeners"),
        new("accepted", "Accepted", "metricsgrains.ingest.accepted", s_increase, "", "Points written to the log"),
        new("rejected", "Rejected", "metricsgrains.ingest.rejected", s_increase, "", "Points refused, by reason", "reason"),
        new("series", "Active series", "metricsgrains.series.active", s_last, "", "Series in memory"),
        new("memory", "Memory", "dotnet.process.memory.working_set", s_last, "By", "Working set of the process"),
        new("cpu", "CPU", "metricsgrains.process.cpu", s_last, "cores", "Processor time, in cores"),
        new("lag", "Log lag", "metricsgrains.log.lag", s_last, null, "Logged but not yet in the store"),
        new("queue", "Queue", "metricsgrains.queue.bytes", s_last, "By", "Waiting for a shard"),
        new("flush", "Flush p99", "metricsgrains.flush.duration", new(StatisticKind.Percentile, 0.99), "ms", "Time to write rollups to the store"),
        new("http", "HTTP p99", "http.server.request.duration", new(StatisticKind.Percentile, 0.99), "s", "Time to answer an API request"),
    ];

    public bool IsRate => Statistic.Kind == StatisticKind.Increase;
}
