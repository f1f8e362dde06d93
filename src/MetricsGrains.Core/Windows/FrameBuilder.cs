using System.Runtime.InteropServices;
using System.Text;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Windows;

/// <summary>
/// Gathers aggregates of many series into the groups and buckets that a query asks for. Grains, stores and the merge of
/// both use this one, so that grouping means the same everywhere. Not thread-safe.
/// </summary>
public sealed class FrameBuilder(AggregateQuery query)
{
    private readonly Dictionary<TagSet, SortedDictionary<long, AggregatePoint>> _groups = [];
    private readonly TagSetBuilder _key = new();
    private readonly byte[][]? _groupKeys = query.GroupBy?.Select(Encoding.UTF8.GetBytes).ToArray();

    public AggregateQuery Query => query;

    public bool Matches(TagSet tags) => TagFilter.AllMatch(query.Filters, tags);

    /// <summary>The buckets of the group that a series with these tags belongs to. Ask once a series, then add its points.</summary>
    public SortedDictionary<long, AggregatePoint> GroupOf(TagSet tags)
    {
        TagSet key = KeyOf(tags);
        ref SortedDictionary<long, AggregatePoint>? group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, key, out _);
        return group ??= [];
    }

    /// <summary>The point of the bucket that holds <paramref name="unixMs"/>, made if absent. Null: outside the query's range.</summary>
    public AggregatePoint? PointAt(SortedDictionary<long, AggregatePoint> group, long unixMs)
    {
        if (unixMs < query.FromMs || unixMs >= query.ToMs)
        {
            return null;
        }
        long bucket = Resolution.Floor(unixMs, query.StepMs);
        if (!group.TryGetValue(bucket, out AggregatePoint? point))
        {
            point = new AggregatePoint { BucketMs = bucket };
            group.Add(bucket, point);
        }
        return point;
    }

    /// <summary>Merges a frame of the same query.</summary>
    public void Add(AggregateFrame frame)
    {
        foreach (AggregateGroup source in frame.Groups)
        {
            ref SortedDictionary<long, AggregatePoint>? group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, source.Key, out _);
            group ??= [];
            foreach (AggregatePoint point in source.Points)
            {
                PointAt(group, point.BucketMs)?.Merge(point);
            }
        }
    }

    public AggregateFrame Build()
    {
        var groups = new List<AggregateGroup>(_groups.Count);
        foreach ((TagSet key, SortedDictionary<long, AggregatePoint> points) in _groups)
        {
            if (points.Count > 0)
            {
                groups.Add(new AggregateGroup(key, [.. points.Values]));
            }
        }
        groups.Sort((a, b) => a.Key.Canonical.SequenceCompareTo(b.Key.Canonical));
        return new AggregateFrame(groups);
    }

    private TagSet KeyOf(TagSet tags)
    {
        if (_groupKeys is null)
        {
            return tags;
        }
        if (_groupKeys.Length == 0)
        {
            return TagSet.Empty;
        }
        _key.Clear();
        foreach (byte[] key in _groupKeys)
        {
            if (tags.TryGet(key, out ReadOnlySpan<byte> value))
            {
                _key.Add(key, value);
            }
        }
        return TagSet.FromCanonical(_key.Build());
    }
}
