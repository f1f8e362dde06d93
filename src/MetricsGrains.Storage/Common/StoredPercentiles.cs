using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Storage.Common;

/// <summary>The percentiles stored beside a row's sketch. They are for people with a SQL prompt; we merge sketches.</summary>
internal readonly record struct StoredPercentiles(double P50, double P95, double P99)
{
    /// <returns>Null: the kind has none, or the sketch is damaged or empty.</returns>
    public static StoredPercentiles? Of(MetricKind kind, in WindowAggregate aggregate, ReadOnlySpan<byte> sketch) =>
        !sketch.IsEmpty && MetricKinds.HasSketch(kind) && ExponentialSketch.TryDecode(sketch, out ExponentialSketch? decoded) && !decoded.IsEmpty
            ? new StoredPercentiles(
                decoded.Quantile(0.5, aggregate.Min, aggregate.Max),
                decoded.Quantile(0.95, aggregate.Min, aggregate.Max),
                decoded.Quantile(0.99, aggregate.Min, aggregate.Max))
            : null;
}
