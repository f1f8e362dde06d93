using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Storage.Common;

/// <summary>Gathers one query's stored rows of one metric into its groups and buckets. Not thread-safe.</summary>
internal sealed class RollupFrame
{
    private readonly FrameBuilder _frame;
    private readonly Dictionary<long, Target> _targets = [];

    public RollupFrame(StoredSeries series, AggregateQuery query)
    {
        _frame = new FrameBuilder(query);
        var groups = new Dictionary<FrameGroup, GroupCursor>(ReferenceEqualityComparer.Instance);
        foreach (SeriesEntry entry in series.Series)
        {
            if (_frame.Matches(entry.Tags))
            {
                FrameGroup points = _frame.GroupOf(entry.Tags);
                if (!groups.TryGetValue(points, out GroupCursor? group))
                {
                    groups.Add(points, group = new GroupCursor(points));
                }
                _targets.Add(entry.Id, new Target(entry.Kind, group));
            }
        }
        long[] known = [.. series.Series.Select(entry => entry.Id).Order()];
        Wanted = new WantedSeries(_targets.Count == known.Length ? known : [.. _targets.Keys.Order()], known);
    }

    /// <summary>The series that match.</summary>
    public WantedSeries Wanted { get; }

    /// <summary>How many stored sketches could not be read; their rows' other numbers were.</summary>
    public int DamagedSketches { get; private set; }

    /// <param name="sketch">Empty when there is none.</param>
    public void Take(long seriesId, long bucketMs, in WindowAggregate aggregate, ReadOnlySpan<byte> sketch)
    {
        if (!_targets.TryGetValue(seriesId, out Target? target))
        {
            return;
        }
        GroupCursor group = target.Group;
        if (group.Point is null || group.BucketMs != bucketMs)
        {
            group.Point = group.Points.PointAt(bucketMs);
            group.BucketMs = bucketMs;
        }
        if (group.Point is { } point)
        {
            point.Aggregate.Merge(aggregate);
            if (!sketch.IsEmpty && !point.TryMergeEncoded(target.Kind, sketch))
            {
                DamagedSketches++;
            }
        }
    }

    public AggregateFrame Build() => _frame.Build();

    private sealed record Target(MetricKind Kind, GroupCursor Group);

    /// <summary>Remembers the point of the latest row: rows come bucket by bucket, so the next one of the group mostly goes there too.</summary>
    private sealed class GroupCursor(FrameGroup points)
    {
        public FrameGroup Points => points;

        public long BucketMs { get; set; }

        public AggregatePoint? Point { get; set; }
    }
}
