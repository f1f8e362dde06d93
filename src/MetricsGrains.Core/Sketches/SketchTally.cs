namespace MetricsGrains.Core.Sketches;

/// <summary>
/// The sum of sketches that come and go, as those of a sliding window do: bucket counts can be subtracted, so each costs its own buckets twice,
/// however many are in. Answers what a merge of those that are in would answer. Not thread-safe.
/// </summary>
/// <remarks>
/// Two things of a merge are left out, both of values that span more than 38 orders of magnitude or counts beyond 2^63: it does not give up
/// resolution at <see cref="ExponentialSketch.DefaultMaxBuckets"/>, and counts wrap instead of saturating.
/// </remarks>
public sealed class SketchTally
{
    private readonly int[] _sketchesOfShift = new int[ExponentialSketch.MaxScale - ExponentialSketch.MinScale + 1];
    private SignTally _positive = new();
    private SignTally _negative = new();
    private ulong _zeros;
    private int _shift;

    /// <summary>A sketch of a coarse scale was in and has left: <see cref="Clear"/> and adding again what is in would give finer answers.</summary>
    public bool IsCoarse => _shift > 0 && _sketchesOfShift[_shift] == 0;

    public void Add(ExponentialSketch sketch)
    {
        _sketchesOfShift[sketch.Shift]++;
        if (sketch.Shift > _shift)
        {
            _positive.Coarsen(sketch.Shift - _shift);
            _negative.Coarsen(sketch.Shift - _shift);
            _shift = sketch.Shift;
        }
        _zeros += (ulong)sketch.ZeroCount;
        _positive.Apply(in sketch.PositiveStore, _shift - sketch.Shift, subtract: false);
        _negative.Apply(in sketch.NegativeStore, _shift - sketch.Shift, subtract: false);
    }

    /// <summary>Takes away what was added before, unchanged since.</summary>
    public void Remove(ExponentialSketch sketch)
    {
        _sketchesOfShift[sketch.Shift]--;
        _zeros -= (ulong)sketch.ZeroCount;
        _positive.Apply(in sketch.PositiveStore, _shift - sketch.Shift, subtract: true);
        _negative.Apply(in sketch.NegativeStore, _shift - sketch.Shift, subtract: true);
    }

    public void Clear()
    {
        Array.Clear(_sketchesOfShift);
        _positive = new SignTally();
        _negative = new SignTally();
        _zeros = 0;
        _shift = 0;
    }

    /// <summary>As <see cref="ExponentialSketch.Quantile(double, double, double)"/> of the merge of all sketches that are in.</summary>
    /// <param name="q">0 to 1.</param>
    public double Quantile(double q, double min, double max)
    {
        ulong total = _negative.Total + _zeros + _positive.Total;
        if (total == 0)
        {
            return double.NaN;
        }
        ulong rank = Math.Clamp((ulong)Math.Ceiling(q * total), 1, total);
        double value = rank <= _negative.Total ? -ExponentialIndex.Representative(_negative.Find(_negative.Total - rank + 1), _shift)
            : rank <= _negative.Total + _zeros ? 0
            : ExponentialIndex.Representative(_positive.Find(rank - _negative.Total - _zeros), _shift);
        return value < min ? min : value > max ? max : value;
    }
}
