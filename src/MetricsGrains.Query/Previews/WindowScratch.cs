using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Previews;

/// <summary>Merges two aggregates without changing either, into buffers that are used again. Not thread-safe.</summary>
internal sealed class WindowScratch
{
    private readonly AggregatePoint _merged = new() { BucketMs = 0 };
    private readonly HyperLogLog _distinct = new();

    /// <returns>Valid until the next call. Without the sketches of distributions.</returns>
    public AggregatePoint Merge(AggregatePoint older, AggregatePoint newer)
    {
        _merged.Aggregate = older.Aggregate;
        _merged.Aggregate.Merge(newer.Aggregate);
        _merged.Distinct = older.Distinct is null ? newer.Distinct : newer.Distinct is null ? older.Distinct : Merge(older.Distinct, newer.Distinct);
        return _merged;
    }

    private HyperLogLog Merge(HyperLogLog older, HyperLogLog newer)
    {
        _distinct.Clear();
        _distinct.Merge(older);
        _distinct.Merge(newer);
        return _distinct;
    }
}
