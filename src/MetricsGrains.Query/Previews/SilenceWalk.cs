using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Previews;

/// <summary>A dead-man's switch's: the seconds since the group's newest sample, from its first on.</summary>
/// <param name="silentSinceMs">For a group that has no sample at all, since when it counts as silent, Unix ms; null: it is not there before its first.</param>
internal sealed class SilenceWalk(PreviewTrack track, long fromMs, long toMs, long? silentSinceMs = null) : GroupWalk(track, fromMs, toMs)
{
    private long? _lastMs = silentSinceMs;

    protected override void Take(AggregatePoint minute) => _lastMs = minute.Aggregate.LastAt;

    protected override double? ValueAt(long unixMs) => (unixMs - _lastMs) / 1000.0;
}
