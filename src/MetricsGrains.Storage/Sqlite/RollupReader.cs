using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Answers one query of one metric from its rollups, inside of one snapshot.</summary>
internal sealed class RollupReader
{
    /// <summary>With fewer than one in this many series wanted, seeking each beats reading all: a seek costs about as much as passing over this many rows.</summary>
    private const int SeekFraction = 16;

    private readonly SqliteConnection _connection;
    private readonly StoredSeries _series;
    private readonly FrameBuilder _frame;
    private readonly RollupScan _scan;
    private readonly Dictionary<long, Target> _targets = [];
    private readonly long[] _wanted;
    private readonly bool _seek;
    private readonly bool _sketches;

    public RollupReader(SqliteConnection connection, StoredSeries series, AggregateQuery query, CancellationToken cancel)
    {
        _connection = connection;
        _series = series;
        _frame = new FrameBuilder(query);
        _scan = new RollupScan(connection, Partitions.Load(connection), series.MetricId, cancel);
        _sketches = query.Sketch == SketchNeed.Yes;
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
        _wanted = [.. _targets.Keys.Order()];
        _seek = (long)_wanted.Length * SeekFraction < series.Series.Length;
    }

    /// <summary>How many stored sketches could not be read; their rows' other numbers were.</summary>
    public int DamagedSketches { get; private set; }

    public AggregateFrame Read(StoredResolution resolution)
    {
        if (_wanted.Length > 0)
        {
            AggregateQuery query = _frame.Query;
            Read(KindOf(resolution), query.FromMs, query.ToMs);
        }
        return _frame.Build();
    }

    public static PartitionKind KindOf(StoredResolution resolution) => resolution switch
    {
        StoredResolution.OneMinute => PartitionKind.OneMinute,
        StoredResolution.OneHour => PartitionKind.OneHour,
        StoredResolution.OneDay => PartitionKind.OneDay,
        _ => throw new ArgumentOutOfRangeException(nameof(resolution), resolution, "unknown resolution"),
    };

    /// <summary>Derived rows where they hold, the finer ones they are derived from where they don't.</summary>
    private void Read(PartitionKind kind, long fromMs, long toMs)
    {
        if (kind == PartitionKind.OneMinute)
        {
            Scan(kind, fromMs, toMs);
            return;
        }
        long length = PartitionSpan.BucketOf(kind);
        PartitionKind finer = kind - 1;
        long at = fromMs;
        foreach (long dirty in DirtyBuckets.Of(_connection, kind, _series.MetricId, fromMs, toMs))
        {
            if (dirty > at)
            {
                Scan(kind, at, dirty);
            }
            Read(finer, dirty, dirty + length);
            at = dirty + length;
        }
        if (at < toMs)
        {
            Scan(kind, at, toMs);
        }
    }

    private void Scan(PartitionKind kind, long fromMs, long toMs) =>
        _scan.Read(kind, fromMs, toMs, _wanted, _seek, _sketches, Take);

    private void Take(long seriesId, long bucketMs, in WindowAggregate aggregate, ReadOnlySpan<byte> sketch)
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

    private sealed record Target(MetricKind Kind, GroupCursor Group);

    /// <summary>Remembers the point of the latest row: rows come bucket by bucket, so the next one of the group mostly goes there too.</summary>
    private sealed class GroupCursor(FrameGroup points)
    {
        public FrameGroup Points => points;

        public long BucketMs { get; set; }

        public AggregatePoint? Point { get; set; }
    }
}
