using MetricsGrains.Core.Model;

namespace MetricsGrains.Storage.Common;

/// <summary>A series' row id, and the kind that says how its sketches are encoded.</summary>
internal readonly record struct SeriesEntryKey(long Id, MetricKind Kind);
