using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Grains;

/// <summary>A sample as the oracle remembers it.</summary>
/// <param name="Values">One value, or the observations a histogram was made of.</param>
/// <param name="Weight">How many observations each value stands for.</param>
internal sealed record Observation(MetricKind Kind, int Series, long Ms, double[] Values, int Weight, ulong Member)
{
    /// <summary>By how much a running total rose; told at arrival, because it depends on what came before.</summary>
    public double Rise { get; set; }

    public double Count => (double)Values.Length * Weight;

    public double Sum => Kind == MetricKind.Set ? 0 : Values.Sum() * Weight;

    public double Min => Kind == MetricKind.Set ? 0 : Values.Min();

    public double Max => Kind == MetricKind.Set ? 0 : Values.Max();

    public double Last => Kind == MetricKind.Histogram ? Values.Sum() / Values.Length : Kind == MetricKind.Set ? 0 : Values[0];

    public double Increase => Kind switch
    {
        MetricKind.Gauge => 0,
        MetricKind.Counter => Values[0],
        MetricKind.CumulativeCounter => Rise,
        _ => Count,
    };

    public void AddTo(SampleBatchBuilder batch, SeriesRef series)
    {
        switch (Kind)
        {
            case MetricKind.Set:
                batch.AddMember(series, Ms, Member);
                break;
            case MetricKind.Histogram:
                var sketch = new ExponentialSketch();
                AddTo(sketch);
                batch.AddHistogram(series, Ms, new HistogramTotals(Count, Sum, Min, Max), sketch.ToArray());
                break;
            default:
                batch.Add(series, Ms, Values[0], Weight);
                break;
        }
    }

    public void AddTo(ExponentialSketch sketch)
    {
        foreach (double value in Values)
        {
            sketch.Add(value, Weight);
        }
    }
}
