using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Previews;

/// <summary>A threshold rule's: the statistic over the window that ends at each evaluation.</summary>
internal sealed class WindowWalk(PreviewTrack track, AlertRule rule, long fromMs, long toMs, WindowScratch scratch) : GroupWalk(track, fromMs, toMs)
{
    private readonly SlidingWindow _window = new((long)rule.Window.TotalMilliseconds);
    private readonly Statistic _statistic = rule.Statistic;

    protected override void Take(AggregatePoint minute) => _window.Push(minute);

    protected override double? ValueAt(long unixMs) => _window.ValueAt(unixMs, _statistic, scratch);
}
