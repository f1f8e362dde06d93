using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Windows;

/// <summary>One bucket of one group. The sketches, where there are any, belong to whoever holds the frame.</summary>
public sealed class AggregatePoint
{
    public required long BucketMs { get; init; }

    public WindowAggregate Aggregate;

    public ExponentialSketch? Sketch { get; set; }

    public HyperLogLog? Distinct { get; set; }

    /// <summary>Takes <paramref name="other"/> in; its sketches are copied, not shared.</summary>
    public void Merge(AggregatePoint other)
    {
        Aggregate.Merge(other.Aggregate);
        MergeSketch(other.Sketch);
        MergeDistinct(other.Distinct);
    }

    public void MergeSketch(ExponentialSketch? other)
    {
        if (other is not null)
        {
            Sketch ??= new ExponentialSketch();
            Sketch.Merge(other);
        }
    }

    public void MergeDistinct(HyperLogLog? other)
    {
        if (other is not null)
        {
            Distinct ??= new HyperLogLog();
            Distinct.Merge(other);
        }
    }

    /// <summary>Merges a stored sketch in the form that <paramref name="kind"/> has.</summary>
    /// <returns>False: the bytes are damaged, and nothing was merged.</returns>
    public bool TryMergeEncoded(MetricKind kind, ReadOnlySpan<byte> encoded)
    {
        if (MetricKinds.HasSketch(kind))
        {
            Sketch ??= new ExponentialSketch();
            return Sketch.TryMergeEncoded(encoded);
        }
        if (kind != MetricKind.Set)
        {
            return true;
        }
        if (!HyperLogLog.TryDecode(encoded, out HyperLogLog? distinct))
        {
            return false;
        }
        MergeDistinct(distinct);
        return true;
    }
}

/// <summary>One group's buckets, in time order; empty buckets are left out.</summary>
public sealed record AggregateGroup(TagSet Key, IReadOnlyList<AggregatePoint> Points);

/// <summary>An answer's aggregates, mergeable with another of the same query. Groups are in canonical order of their key.</summary>
public sealed record AggregateFrame(IReadOnlyList<AggregateGroup> Groups)
{
    public static readonly AggregateFrame Empty = new([]);
}
