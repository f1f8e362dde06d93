using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Previews;

/// <summary>Turns one group's minutes into what each evaluation would have seen. Minutes come in order of time. Not thread-safe.</summary>
internal abstract class GroupWalk(PreviewTrack track, long fromMs, long toMs)
{
    private long _nextMs = fromMs;

    /// <summary>Takes the minute over.</summary>
    public void Add(AggregatePoint minute)
    {
        // An evaluation at the minute's start does not see the minute.
        EvaluateUntil(minute.BucketMs);
        Take(minute);
    }

    /// <summary>No more minutes come.</summary>
    public void End() => EvaluateUntil(toMs);

    protected abstract void Take(AggregatePoint minute);

    /// <returns>Null: nothing to see, now and until the next minute is taken.</returns>
    protected abstract double? ValueAt(long unixMs);

    private void EvaluateUntil(long lastMs)
    {
        for (lastMs = Math.Min(lastMs, toMs); _nextMs <= lastMs; _nextMs += Resolution.OneMinute)
        {
            if (ValueAt(_nextMs) is not { } value)
            {
                _nextMs = lastMs + Resolution.OneMinute;
                return;
            }
            track.Observe(new PreviewPoint(_nextMs, value));
        }
    }
}
