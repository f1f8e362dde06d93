using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Previews;

/// <summary>
/// The merged aggregate of a group's last minutes, while minutes come in at one end and leave at the other. Least values and distinct counts
/// can't be subtracted, so the window is two stacks: <c>_front</c> holds for each older minute the merge of it with all after it up to the turn,
/// <c>_back</c> the minutes since. When the front is used up the back is turned over into it: each minute is merged twice in its life, however
/// long the window is. Sketches of distributions can be subtracted, which is cheaper still. Not thread-safe.
/// </summary>
/// <remarks>Source: the two-stack queue for sliding-window aggregation, Tangwongsan, Hirzel, Schneider, "In-order sliding-window aggregation in worst-case constant time", 2021, section 2.</remarks>
internal sealed class SlidingWindow(long lengthMs)
{
    private readonly List<AggregatePoint> _front = [];
    private readonly List<AggregatePoint> _back = [];
    private AggregatePoint? _sinceTurn;
    private SlidingQuantile? _sketches;

    /// <summary>Adds a later minute than all before. The window owns it from now on, and changes it.</summary>
    public void Push(AggregatePoint minute)
    {
        if (minute.Sketch is { } sketch)
        {
            (_sketches ??= new SlidingQuantile()).Push(minute.BucketMs, sketch);
            minute.Sketch = null;
        }
        _back.Add(minute);
        _sinceTurn ??= new AggregatePoint { BucketMs = minute.BucketMs };
        _sinceTurn.Merge(minute);
    }

    /// <summary>The statistic over [<paramref name="toMs"/> − length, <paramref name="toMs"/>). Times must not go back, and no minute at or after it may have been pushed.</summary>
    /// <returns>Null: no sample in it.</returns>
    public double? ValueAt(long toMs, Statistic statistic, WindowScratch scratch)
    {
        DropBefore(toMs - lengthMs);
        AggregatePoint? older = _front.Count > 0 ? _front[^1] : null;
        AggregatePoint? merged = older is null ? _sinceTurn : _sinceTurn is null ? older : scratch.Merge(older, _sinceTurn);
        if (merged is null || merged.Aggregate.IsEmpty)
        {
            return null;
        }
        return statistic.Kind == StatisticKind.Percentile
            ? _sketches?.Quantile(statistic.Quantile, merged.Aggregate.Min, merged.Aggregate.Max) ?? double.NaN
            : StatisticRules.ValueOf(statistic, merged, lengthMs);
    }

    private void DropBefore(long unixMs)
    {
        _sketches?.DropBefore(unixMs);
        while (_front.Count > 0 && _front[^1].BucketMs < unixMs)
        {
            _front.RemoveAt(_front.Count - 1);
        }
        if (_front.Count == 0 && _back.Count > 0 && _back[0].BucketMs < unixMs)
        {
            Turn(unixMs);
        }
    }

    private void Turn(long fromMs)
    {
        for (int i = _back.Count - 1; i >= 0 && _back[i].BucketMs >= fromMs; i--)
        {
            if (_front.Count > 0)
            {
                // The older takes the newer in: of two last values at one time the newer's wins, as in a merge in order of time.
                _back[i].Merge(_front[^1]);
            }
            _front.Add(_back[i]);
        }
        _back.Clear();
        _sinceTurn = null;
    }
}
