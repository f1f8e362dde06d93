using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Storage.Common;

/// <summary>Gathers one query's raw samples of one metric into its groups and buckets. Not thread-safe.</summary>
internal sealed class RawFrame
{
    /// <summary>
    /// How far back the sample before the range is sought, from which the first increase of a running total is counted. A
    /// counter that reports more rarely than this loses that one increase.
    /// </summary>
    public const long CounterLookbackMs = Resolution.OneHour;

    private readonly FrameBuilder _frame;
    private readonly AggregateQuery _query;
    private readonly Dictionary<long, Target> _targets = [];

    public RawFrame(StoredSeries series, AggregateQuery query)
    {
        _query = query;
        _frame = new FrameBuilder(query);
        bool cumulative = false;
        foreach (SeriesEntry entry in series.Series)
        {
            if (_frame.Matches(entry.Tags))
            {
                _targets.Add(entry.Id, new Target(entry.Kind, _frame.GroupOf(entry.Tags)));
                cumulative |= entry.Kind == MetricKind.CumulativeCounter;
            }
        }
        // Guarded so that a range from the beginning of time does not wrap around.
        ReadFromMs = cumulative ? Math.Max(query.FromMs, long.MinValue + CounterLookbackMs) - CounterLookbackMs : query.FromMs;
    }

    public bool IsEmpty => _targets.Count == 0;

    /// <summary>Samples are needed from here on, Unix ms: before the query's range where running totals look back.</summary>
    public long ReadFromMs { get; }

    public IEnumerable<long> Wanted => _targets.Keys;

    public bool Wants(long seriesId) => _targets.ContainsKey(seriesId);

    /// <summary>Takes a block. Blocks must come in the order of writing: of two samples at the same time the one that came later is the last.</summary>
    public void Take(long seriesId, RawSamples samples)
    {
        if (!_targets.TryGetValue(seriesId, out Target? target))
        {
            return;
        }
        for (int i = 0; i < samples.Times.Length; i++)
        {
            long time = samples.Times[i];
            double value = samples.Values[i];
            if (target.Kind == MetricKind.CumulativeCounter)
            {
                target.Totals.Add((time, value));
            }
            else if (target.Points.PointAt(time) is { } point)
            {
                Add(point, target.Kind, time, value, samples.WeightAt(i));
            }
        }
    }

    public AggregateFrame Build()
    {
        foreach (Target target in _targets.Values)
        {
            AddTotals(target);
        }
        return _frame.Build();
    }

    private void Add(AggregatePoint point, MetricKind kind, long time, double value, double weight)
    {
        bool sketch = _query.Sketch == SketchNeed.Yes;
        switch (kind)
        {
            case MetricKind.Set:
                // A member's hash is not a number to add up.
                point.Aggregate.Add(time, 0, weight);
                if (sketch)
                {
                    (point.Distinct ??= new HyperLogLog()).Add(BitConverter.DoubleToUInt64Bits(value));
                }
                break;
            case MetricKind.Distribution:
                point.Aggregate.Add(time, value, weight);
                point.Aggregate.Increase += weight;
                if (sketch)
                {
                    (point.Sketch ??= new ExponentialSketch()).Add(value, Math.Max(1, (long)Math.Round(weight)));
                }
                break;
            case MetricKind.Counter:
                point.Aggregate.Add(time, value, weight);
                point.Aggregate.Increase += value * weight;
                break;
            default:
                point.Aggregate.Add(time, value, weight);
                break;
        }
    }

    /// <summary>A running total's increases need all its samples in time order; blocks may overlap when samples came late.</summary>
    private static void AddTotals(Target target)
    {
        double? previous = null;
        foreach ((long time, double value) in target.Totals.OrderBy(t => t.Time))
        {
            if (target.Points.PointAt(time) is { } point)
            {
                point.Aggregate.Add(time, value, 1);
                // A total below the one before has begun again from 0.
                point.Aggregate.Increase += previous is null ? 0 : value < previous ? value : value - previous.Value;
            }
            previous = value;
        }
    }

    private sealed record Target(MetricKind Kind, FrameGroup Points)
    {
        public List<(long Time, double Value)> Totals { get; } = [];
    }
}
