using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Grains;

/// <summary>What an aggregate of these observations must be, found the slow and obvious way. Observations are in order of arrival.</summary>
internal static class Oracle
{
    public static void AssertEqual(IReadOnlyList<Observation> observations, AggregatePoint actual, bool withSketch, string context, bool withIncrease = true)
    {
        WindowAggregate a = actual.Aggregate;
        Check.That(observations.Sum(o => o.Count) == a.Count, $"{context}: count {a.Count}, want {observations.Sum(o => o.Count)}");
        AssertNear(observations.Sum(o => o.Sum), a.Sum, observations.Sum(o => Math.Abs(o.Sum)), "sum", context);
        Check.That(observations.Min(o => o.Min) == a.Min, $"{context}: min {a.Min}, want {observations.Min(o => o.Min)}");
        Check.That(observations.Max(o => o.Max) == a.Max, $"{context}: max {a.Max}, want {observations.Max(o => o.Max)}");
        if (withIncrease)
        {
            AssertNear(observations.Sum(o => o.Increase), a.Increase, observations.Sum(o => Math.Abs(o.Increase)), "increase", context);
        }
        long newest = observations.Max(o => o.Ms);
        Check.That(newest == a.LastAt, $"{context}: last at {a.LastAt}, want {newest}");
        // Between series a tie at the newest time may fall either way; within one series the later arrival wins.
        Check.That(observations.Where(o => o.Ms == newest).GroupBy(o => o.Series).Any(s => s.Last().Last == a.Last), $"{context}: last {a.Last}");
        if (withSketch)
        {
            AssertSketch(observations, actual, context);
        }
    }

    private static void AssertSketch(IReadOnlyList<Observation> observations, AggregatePoint actual, string context)
    {
        if (MetricKinds.HasSketch(observations[0].Kind))
        {
            var sketch = new ExponentialSketch();
            foreach (Observation o in observations)
            {
                o.AddTo(sketch);
            }
            Check.That(actual.Sketch is not null && sketch.ToArray().AsSpan().SequenceEqual(actual.Sketch.ToArray()), $"{context}: the sketch is not that of all values");
            AssertPercentiles(observations, actual, context);
        }
        else if (observations[0].Kind == MetricKind.Set)
        {
            int distinct = observations.Select(o => o.Member).Distinct().Count();
            double sigma = 1.04 / Math.Sqrt(1 << HyperLogLog.Precision) * distinct;
            Check.That(actual.Distinct is not null && Math.Abs(actual.Distinct.Estimate() - distinct) <= Math.Max(3 * sigma, 0.5), $"{context}: distinct {actual.Distinct?.Estimate()}, want {distinct}");
        }
    }

    private static void AssertPercentiles(IReadOnlyList<Observation> observations, AggregatePoint actual, string context)
    {
        double[] values = [.. observations.SelectMany(o => o.Values.SelectMany(v => Enumerable.Repeat(v, o.Weight))).Order()];
        foreach (double q in (ReadOnlySpan<double>)[0, 0.5, 0.95, 0.99, 1])
        {
            double want = values[Math.Clamp((int)Math.Ceiling(q * values.Length) - 1, 0, values.Length - 1)];
            double got = actual.Sketch!.Quantile(q, actual.Aggregate.Min, actual.Aggregate.Max);
            Check.That(Math.Abs(got - want) <= 0.0055 * Math.Abs(want), $"{context}: p{q * 100} is {got}, want {want}");
        }
    }

    private static void AssertNear(double want, double got, double magnitude, string figure, string context) =>
        Check.That(Math.Abs(want - got) <= 1e-12 * magnitude, $"{context}: {figure} {got:R}, want {want:R}");
}
