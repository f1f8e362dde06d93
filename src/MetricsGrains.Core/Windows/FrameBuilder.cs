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
    private readonly Dictionary<TagSet, FrameGroup> _groups = [];
    private readonly TagSetBuilder _key = new();
    private readonly byte[][]? _groupKeys = query.GroupBy?.Select(Encoding.UTF8.GetBytes).ToArray();

    public AggregateQuery Query => query;

    public bool Matches(TagSet tags) => TagFilter.AllMatch(query.Filters, tags);

    /// <summary>Whether a time is in the query's range.</summary>
    public bool Covers(long unixMs) => unixMs >= query.FromMs && unixMs < query.ToMs;

    /// <summary>The buckets of the group that a series with these tags belongs to. Ask once a series, then add its points.</summary>
    public FrameGroup GroupOf(TagSet tags)
    {
        TagSet key = KeyOf(tags);
        ref FrameGroup? group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, key, out _);
        return group ??= new FrameGroup(query);
    }

    /// <summary>Merges a frame of the same query. Its sketches are copied, not shared.</summary>
    public void Add(AggregateFrame frame) => Add(frame, owned: false);

    /// <summary>As <see cref="Add(AggregateFrame)"/> for a frame that nobody else holds: its points become this one's where there were none, which saves a copy of every sketch.</summary>
    public void TakeOver(AggregateFrame frame) => Add(frame, owned: true);

    public AggregateFrame Build()
    {
        var groups = new List<AggregateGroup>(_groups.Count);
        foreach ((TagSet key, FrameGroup group) in _groups)
        {
            IReadOnlyList<AggregatePoint> points = group.Points();
            if (points.Count > 0)
            {
                groups.Add(new AggregateGroup(key, points));
            }
        }
        groups.Sort((a, b) => a.Key.Canonical.SequenceCompareTo(b.Key.Canonical));
        return new AggregateFrame(groups);
    }

    private void Add(AggregateFrame frame, bool owned)
    {
        foreach (AggregateGroup source in frame.Groups)
        {
            ref FrameGroup? group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, source.Key, out _);
            group ??= new FrameGroup(query);
            foreach (AggregatePoint point in source.Points)
            {
                if (!owned || !group.TryAdopt(point))
                {
                    group.PointAt(Math.Max(point.BucketMs, query.FromMs))?.Merge(point);
                }
            }
        }
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
