using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Alerting;

/// <summary>One group's values, minute by minute.</summary>
/// <param name="Points">In time order; a minute whose window held no sample is left out.</param>
public sealed record PreviewSeries(TagSet Tags, IReadOnlyList<PreviewPoint> Points);
