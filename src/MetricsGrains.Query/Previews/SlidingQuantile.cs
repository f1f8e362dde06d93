using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Query.Previews;

/// <summary>The sketches of a group's last minutes and their sum. Not thread-safe.</summary>
internal sealed class SlidingQuantile
{
    private readonly Queue<(long BucketMs, ExponentialSketch Sketch)> _minutes = new();
    private readonly SketchTally _tally = new();

    /// <summary>Adds a later minute's than all before. It must not change any more.</summary>
    public void Push(long bucketMs, ExponentialSketch sketch)
    {
        _minutes.Enqueue((bucketMs, sketch));
        _tally.Add(sketch);
    }

    public void DropBefore(long unixMs)
    {
        while (_minutes.TryPeek(out (long BucketMs, ExponentialSketch Sketch) oldest) && oldest.BucketMs < unixMs)
        {
            _tally.Remove(oldest.Sketch);
            _minutes.Dequeue();
        }
        if (_tally.IsCoarse)
        {
            _tally.Clear();
            foreach ((long _, ExponentialSketch sketch) in _minutes)
            {
                _tally.Add(sketch);
            }
        }
    }

    /// <summary>See <see cref="SketchTally.Quantile"/>.</summary>
    public double Quantile(double q, double min, double max) => _tally.Quantile(q, min, max);
}
