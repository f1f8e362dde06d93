using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Storage.Common;

/// <summary>Merges rows series by series into one row each, of one bucket.</summary>
/// <param name="kinds">The metric's series; rows of others are of series that were removed, and are left out of the result.</param>
internal sealed class RollupMerge(long bucketMs, IReadOnlyDictionary<long, MetricKind> kinds)
{
    private readonly SortedDictionary<long, AggregatePoint> _merged = [];

    public long BucketMs => bucketMs;

    /// <summary>How many series rows were taken of.</summary>
    public int SeriesCount => _merged.Count;

    public void Take(long seriesId, in WindowAggregate aggregate, ReadOnlySpan<byte> sketch)
    {
        if (!_merged.TryGetValue(seriesId, out AggregatePoint? point))
        {
            _merged.Add(seriesId, point = new AggregatePoint { BucketMs = bucketMs });
        }
        point.Aggregate.Merge(aggregate);
        if (!sketch.IsEmpty && kinds.TryGetValue(seriesId, out MetricKind kind))
        {
            point.TryMergeEncoded(kind, sketch);
        }
    }

    /// <summary>The merged rows, by series id.</summary>
    public IEnumerable<(SeriesEntryKey Series, WindowAggregate Aggregate, byte[]? Sketch)> Rows()
    {
        foreach ((long series, AggregatePoint point) in _merged)
        {
            if (kinds.TryGetValue(series, out MetricKind kind))
            {
                yield return (new SeriesEntryKey(series, kind), point.Aggregate, point.Sketch?.ToArray() ?? point.Distinct?.ToArray());
            }
        }
    }
}
