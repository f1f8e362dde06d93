using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Windows;

/// <summary>Sketches of sealed windows, cleared for the next ones: in steady state a new window costs no allocation. Not thread-safe.</summary>
internal sealed class SketchPool(MetricKind kind)
{
    private const int Limit = 4096;

    private readonly Stack<object> _free = new();

    public object? Rent() => _free.TryPop(out object? sketch) ? sketch
        : MetricKinds.HasSketch(kind) ? new ExponentialSketch()
        : kind == MetricKind.Set ? new HyperLogLog()
        : null;

    public void Return(object? sketch)
    {
        if (sketch is null || _free.Count >= Limit)
        {
            return;
        }
        if (sketch is ExponentialSketch exponential)
        {
            exponential.Clear();
        }
        else
        {
            ((HyperLogLog)sketch).Clear();
        }
        _free.Push(sketch);
    }
}
