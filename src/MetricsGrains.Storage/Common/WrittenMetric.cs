using MetricsGrains.Core.Model;

namespace MetricsGrains.Storage.Common;

/// <summary>What the writer knows of a metric. Only touched inside of write transactions, and forgotten when one fails.</summary>
internal sealed class WrittenMetric
{
    public required long Id { get; init; }

    public MetricKind Kind { get; set; }

    public required string Unit { get; set; }

    public long LastSeenMs { get; set; }

    public Dictionary<(TagSet Tags, MetricKind Kind), WrittenSeries> Series { get; } = [];
}
