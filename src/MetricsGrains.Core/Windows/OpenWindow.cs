using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Windows;

/// <summary>A 10-second window that still takes samples. For a window that is already sealed it holds only what came late; sealing merges the two.</summary>
internal struct OpenWindow
{
    public long StartMs;
    public WindowAggregate Aggregate;

    /// <summary>Null, an <see cref="ExponentialSketch"/> or a <see cref="HyperLogLog"/>, as the metric's kind has it.</summary>
    public object? Sketch;

    /// <summary>Adds this window's samples to a point that covers it.</summary>
    public readonly void MergeInto(AggregatePoint point, bool wantSketch)
    {
        point.Aggregate.Merge(in Aggregate);
        if (wantSketch)
        {
            point.MergeSketch(Sketch as ExponentialSketch);
            point.MergeDistinct(Sketch as HyperLogLog);
        }
    }

    public readonly byte[]? EncodeSketch() => Sketch switch
    {
        ExponentialSketch sketch => sketch.ToArray(),
        HyperLogLog distinct => distinct.ToArray(),
        _ => null,
    };
}
