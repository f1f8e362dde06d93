using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Query.Previews;

/// <summary>What a preview read, before any rule was held against it.</summary>
internal sealed record PreviewValues(string Unit, IReadOnlyList<PreviewSeries> Series)
{
    public long PointCount { get; } = Series.Sum(s => (long)s.Points.Count);
}
