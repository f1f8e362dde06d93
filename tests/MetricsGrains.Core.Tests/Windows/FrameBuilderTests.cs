using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Windows;

public sealed class FrameBuilderTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public void TakeOver_FramesThatOverlapAndAreCut_IsWhatAddMakes(int minutes)
    {
        const int seed = 31;
        var random = new Random(seed);
        for (int round = 0; round < 30; round++)
        {
            long from = random.Next(1_000) * Resolution.TenSeconds;
            var query = new AggregateQuery(from, from + (minutes * Resolution.OneMinute), Resolution.FiveMinutes, [], ["h"], SketchNeed.Yes);
            int[] seeds = [random.Next(), random.Next(), random.Next()];
            FrameBuilder copied = new(query), owned = new(query);
            foreach (int part in seeds)
            {
                copied.Add(Frame(query, part));
                owned.TakeOver(Frame(query, part));
            }

            Assert.Equal(Text(copied.Build()), Text(owned.Build()));
        }
    }

    private static AggregateFrame Frame(AggregateQuery query, int seed)
    {
        var random = new Random(seed);
        var frame = new FrameBuilder(query);
        for (int i = 0; i < 50; i++)
        {
            AggregatePoint point = frame.GroupOf(TagSet.Of(("h", $"{random.Next(3)}"))).PointAt(query.FromMs + random.NextInt64(query.ToMs - query.FromMs))!;
            double value = random.Next(1, 100);
            point.Aggregate.Add(point.BucketMs, value, 1);
            (point.Sketch ??= new ExponentialSketch()).Add(value);
        }
        return frame.Build();
    }

    private static string[] Text(AggregateFrame frame) =>
        [.. frame.Groups.SelectMany(g => g.Points.Select(p => $"{g.Key} {p.BucketMs} {p.Aggregate.Count} {p.Aggregate.Sum} {p.Aggregate.Last} {Convert.ToHexString(p.Sketch!.ToArray())}"))];
}
