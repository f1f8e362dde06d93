using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Sketches;

public sealed class SketchTallyTests
{
    private static readonly double[] s_quantiles = [0, 0.01, 0.5, 0.9, 0.99, 1];

    public static TheoryData<string> Shapes => [.. Distributions.Names];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Quantile_SketchesThatComeAndGo_IsThatOfTheirMerge(string shape)
    {
        const int seed = 23;
        var random = new Random(seed);
        var tally = new SketchTally();
        var inside = new Queue<ExponentialSketch>();
        for (int step = 0; step < 200; step++)
        {
            if (inside.Count > 0 && random.Next(2) == 0)
            {
                tally.Remove(inside.Dequeue());
            }
            else
            {
                ExponentialSketch sketch = Sketch(Distributions.Draw(shape, random, random.Next(1, 60)));
                inside.Enqueue(sketch);
                tally.Add(sketch);
            }
            AssertSame(inside, tally, $"seed {seed}, step {step}, {shape}");
        }
    }

    [Fact]
    public void Quantile_CoarseSketchesAmongFineOnes_IsThatOfTheirMerge()
    {
        var random = new Random(24);
        var tally = new SketchTally();
        ExponentialSketch fine = Sketch(Distributions.Draw("both signs", random, 500)), coarse = Sketch(Distributions.Draw("both signs", random, 500), maxBuckets: 32);
        Assert.True(coarse.Scale < fine.Scale);

        tally.Add(fine);
        tally.Add(coarse);
        AssertSame([fine, coarse], tally, "both");
        Assert.False(tally.IsCoarse);

        tally.Remove(coarse);
        Assert.True(tally.IsCoarse);
        tally.Clear();
        tally.Add(fine);
        AssertSame([fine], tally, "the fine one alone");
        Assert.False(tally.IsCoarse);
    }

    [Fact]
    public void Quantile_OutsideTheExactRange_IsCutToIt()
    {
        var tally = new SketchTally();
        Assert.True(double.IsNaN(tally.Quantile(0.5, 0, 1)));

        tally.Add(Sketch([10, 20]));

        Assert.Equal(9.5, tally.Quantile(1, 0, 9.5));
        Assert.Equal(25, tally.Quantile(0, 25, 30));
    }

    private static ExponentialSketch Sketch(double[] values, int maxBuckets = ExponentialSketch.DefaultMaxBuckets)
    {
        var sketch = new ExponentialSketch(maxBuckets);
        foreach (double value in values)
        {
            sketch.Add(value);
        }
        return sketch;
    }

    private static void AssertSame(IEnumerable<ExponentialSketch> inside, SketchTally tally, string where)
    {
        var merged = new ExponentialSketch();
        foreach (ExponentialSketch sketch in inside)
        {
            merged.Merge(sketch);
        }
        foreach (double q in s_quantiles)
        {
            double expected = merged.Quantile(q, double.MinValue, double.MaxValue), actual = tally.Quantile(q, double.MinValue, double.MaxValue);
            Assert.True(expected.Equals(actual), $"{where}: quantile {q} is {actual} instead of {expected}");
        }
    }
}
