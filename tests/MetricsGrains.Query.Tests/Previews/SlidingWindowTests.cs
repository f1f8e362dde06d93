using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query.Previews;

namespace MetricsGrains.Query.Tests.Previews;

public sealed class SlidingWindowTests
{
    private static readonly Statistic[] s_statistics =
        [.. ((string[])["avg", "min", "max", "sum", "count", "last", "rate", "increase", "p50", "p99", "uniq"]).Select(t => Statistic.TryParse(t, out Statistic s) ? s : throw new ArgumentException(t))];

    [Fact]
    public void ValueAt_MinutesOfEveryDensity_IsThatOfTheMinutesMergedAnew()
    {
        const int seed = 41;
        var random = new Random(seed);
        for (int round = 0; round < 150; round++)
        {
            int length = random.Next(1, 60);
            double density = random.NextDouble();
            Statistic statistic = s_statistics[round % s_statistics.Length];
            var window = new SlidingWindow(length * Resolution.OneMinute);
            var scratch = new WindowScratch();
            var minutes = new List<AggregatePoint>();
            for (int m = 0; m < 200; m++)
            {
                long at = m * Resolution.OneMinute;
                AggregatePoint[] inside = [.. minutes.Where(p => p.BucketMs >= at - (length * Resolution.OneMinute))];
                double? expected = inside.Length == 0 ? null : StatisticRules.ValueOf(statistic, Merged(inside), length * Resolution.OneMinute);

                double? actual = window.ValueAt(at, statistic, scratch);

                Assert.True(IsSame(expected, actual), $"seed {seed}, round {round}, {statistic} over {length} minutes at minute {m}: {actual} instead of {expected}");
                if (random.NextDouble() < density)
                {
                    minutes.Add(Minute(at, random));
                    window.Push(Merged([minutes[^1]]));
                }
            }
        }
    }

    private static AggregatePoint Minute(long at, Random random)
    {
        var point = new AggregatePoint { BucketMs = at, Sketch = new ExponentialSketch(), Distinct = new HyperLogLog() };
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            // Whole numbers add up to the same sum in any order.
            double value = random.Next(-100, 1_000);
            point.Aggregate.Add(at + random.Next(60_000), value, 1);
            point.Aggregate.Increase += Math.Abs(value);
            point.Sketch.Add(value);
            point.Distinct.Add(StableHash.Of(BitConverter.GetBytes(value)));
        }
        return point;
    }

    private static AggregatePoint Merged(IEnumerable<AggregatePoint> points)
    {
        AggregatePoint[] all = [.. points];
        var merged = new AggregatePoint { BucketMs = all[0].BucketMs };
        foreach (AggregatePoint point in all)
        {
            merged.Merge(point);
        }
        return merged;
    }

    private static bool IsSame(double? expected, double? actual) => expected.Equals(actual);
}
