namespace MetricsGrains.Storage.Common;

/// <summary>A metric and its series at one moment; immutable.</summary>
/// <param name="Version">Of the set of series, as the metric's row has it.</param>
internal sealed record StoredSeries(long MetricId, long Version, SeriesEntry[] Series);
