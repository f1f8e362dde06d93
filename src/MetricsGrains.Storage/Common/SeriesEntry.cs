using MetricsGrains.Core.Model;

namespace MetricsGrains.Storage.Common;

/// <summary>A stored series, as reads need it.</summary>
internal readonly record struct SeriesEntry(long Id, MetricKind Kind, TagSet Tags);
