namespace MetricsGrains.Core.Windows;

/// <summary>The buckets of one group while a frame is being gathered: an array where the range is short, a dictionary where it is long and likely sparse.</summary>
public sealed class FrameGroup
{
    private const int DenseLimit = 4096;

    private readonly long _baseMs;
    private readonly long _fromMs;
    private readonly long _toMs;
    private readonly long _stepMs;
    private readonly AggregatePoint?[]? _dense;
    private readonly SortedDictionary<long, AggregatePoint>? _sparse;

    internal FrameGroup(AggregateQuery query)
    {
        _fromMs = query.FromMs;
        _baseMs = Resolution.Floor(query.FromMs, query.StepMs);
        _toMs = query.ToMs;
        _stepMs = query.StepMs;
        long buckets = Math.Max(0, (_toMs - _baseMs + _stepMs - 1) / _stepMs);
        if (buckets <= DenseLimit)
        {
            _dense = new AggregatePoint?[buckets];
        }
        else
        {
            _sparse = [];
        }
    }

    /// <summary>The point of the bucket that holds <paramref name="unixMs"/>, made if absent. Null: outside the query's range.</summary>
    public AggregatePoint? PointAt(long unixMs)
    {
        if (unixMs < _fromMs || unixMs >= _toMs)
        {
            return null;
        }
        long index = (unixMs - _baseMs) / _stepMs;
        if (_dense is not null)
        {
            return _dense[index] ??= new AggregatePoint { BucketMs = _baseMs + (index * _stepMs) };
        }
        long bucket = _baseMs + (index * _stepMs);
        if (!_sparse!.TryGetValue(bucket, out AggregatePoint? point))
        {
            point = new AggregatePoint { BucketMs = bucket };
            _sparse.Add(bucket, point);
        }
        return point;
    }

    /// <summary>Puts the point itself where its bucket is still absent.</summary>
    /// <returns>False: there is a point already, or it is not a bucket of this query's.</returns>
    internal bool TryAdopt(AggregatePoint point)
    {
        if (_dense is null)
        {
            return Resolution.Floor(point.BucketMs, _stepMs) == point.BucketMs && point.BucketMs >= _baseMs && point.BucketMs < _toMs && _sparse!.TryAdd(point.BucketMs, point);
        }
        long offset = point.BucketMs - _baseMs;
        if (offset < 0 || point.BucketMs >= _toMs || offset % _stepMs != 0 || _dense[offset / _stepMs] is not null)
        {
            return false;
        }
        _dense[offset / _stepMs] = point;
        return true;
    }

    /// <summary>The points that hold something, in time order.</summary>
    public IReadOnlyList<AggregatePoint> Points() =>
        _dense is null ? [.. _sparse!.Values.Where(p => !p.Aggregate.IsEmpty)] : [.. _dense.Where(p => p is not null && !p.Aggregate.IsEmpty).Select(p => p!)];
}
