using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Windows;

/// <summary>A 10-second window that still takes samples. For a window that is already sealed it holds only what came late; sealing merges the two.</summary>
internal struct OpenWindow
{
    public long StartMs;
    public WindowAggregate Aggregate;

    /// <summary>Null, an <see cref="ExponentialSketch"/> or a <see cref="HyperLogLog"/>, as the metric's kind has it.</summary>
    public object? Sketch;

    /// <summary>Adds a well-formed sample (see <see cref="SampleSlice.Sample.IsWellFormed"/>).</summary>
    /// <param name="increase">By how much a counter rose with it; a histogram brings its own.</param>
    public void Add(MetricKind kind, in SampleSlice.Sample sample, double increase)
    {
        switch (kind)
        {
            case MetricKind.Distribution:
                Aggregate.Add(sample.UnixMs, sample.Value, sample.Weight);
                ((ExponentialSketch)Sketch!).Add(sample.Value, Math.Max(1, (long)Math.Round(sample.Weight)));
                break;
            case MetricKind.Set:
                // The hash says nothing as a number.
                Aggregate.Add(sample.UnixMs, 0, 1);
                ((HyperLogLog)Sketch!).Add(BitConverter.DoubleToUInt64Bits(sample.Value));
                break;
            case MetricKind.Histogram:
                AddHistogram(in sample);
                return;
            default:
                Aggregate.Add(sample.UnixMs, sample.Value, 1);
                break;
        }
        Aggregate.Increase += increase;
    }

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

    private void AddHistogram(in SampleSlice.Sample sample)
    {
        HistogramTotals totals = sample.Totals;
        ((ExponentialSketch)Sketch!).TryMergeEncoded(sample.Sketch);
        Aggregate.Merge(new WindowAggregate
        {
            Count = totals.Count,
            Sum = totals.Sum,
            Min = totals.Min,
            Max = totals.Max,
            Last = totals.Sum / totals.Count,
            LastAt = sample.UnixMs,
            Increase = totals.Count,
        });
    }
}
