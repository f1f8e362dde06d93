using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Sketches;

/// <summary>Every quantile against the exact one, of a sketch fed at once and of a thousand merged parts.</summary>
public class ExponentialSketchAccuracyTests
{
    private const double Tolerance = 0.0055;

    public static TheoryData<string, int, int> Cases()
    {
        var cases = new TheoryData<string, int, int>();
        foreach (string name in Distributions.Names)
        {
            foreach (int count in new[] { 1, 2, 10, 1_000, 100_000 }) cases.Add(name, count, 7919 * count + name.Length);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Quantile_AnyDistribution_IsWithinTheErrorBound(string name, int count, int seed)
    {
        double[] values = Distributions.Draw(name, new Random(seed), count);
        var sketch = new ExponentialSketch();
        foreach (double value in values) sketch.Add(value);

        Assert.Equal(ExponentialSketch.MaxScale, sketch.Scale);
        AssertQuantiles(sketch, values, $"{name}, {count} values, seed {seed}");
    }

    [Fact]
    public void Merge_ThousandPartsInAnyOrder_GivesTheSameBytesAndTheSameBound()
    {
        foreach (string name in Distributions.Names)
        {
            int seed = 4711 + name.Length;
            var random = new Random(seed);
            double[] values = Distributions.Draw(name, random, 20_000);
            var parts = Enumerable.Range(0, 1_000).Select(_ => new ExponentialSketch()).ToArray();
            var whole = new ExponentialSketch();
            foreach (double value in values)
            {
                parts[random.Next(parts.Length)].Add(value);
                whole.Add(value);
            }

            byte[] expected = whole.ToArray();
            for (int order = 0; order < 3; order++)
            {
                random.Shuffle(parts);
                var merged = new ExponentialSketch();
                foreach (ExponentialSketch part in parts) merged.Merge(part);
                Assert.True(expected.AsSpan().SequenceEqual(merged.ToArray()), $"{name}, order {order}, seed {seed}");
                if (order == 0) AssertQuantiles(merged, values, $"{name} merged, seed {seed}");
            }

            Assert.True(expected.AsSpan().SequenceEqual(MergeAsTree(parts, random).ToArray()), $"{name}, as a tree, seed {seed}");
        }
    }

    [Fact]
    public void Merge_PartsOverTheBucketLimit_GivesTheSameBytesInAnyOrder()
    {
        for (int seed = 1; seed <= 30; seed++)
        {
            var random = new Random(seed);
            int limit = random.Next(ExponentialSketch.MinMaxBuckets, 400);
            var parts = Enumerable.Range(0, 50).Select(_ => new ExponentialSketch(limit)).ToArray();
            var whole = new ExponentialSketch(limit);
            for (int i = 0; i < 5_000; i++)
            {
                double value = Math.ScaleB(random.NextDouble() - 0.5, random.Next(-seed * 30, seed * 30));
                long count = random.Next(20) == 0 ? long.MaxValue / 3 : 1;
                parts[random.Next(parts.Length)].Add(value, count);
                whole.Add(value, count);
            }

            byte[] expected = whole.ToArray();
            Assert.True(whole.Scale < ExponentialSketch.MaxScale, $"seed {seed}");
            Assert.True(whole.PositiveBuckets.Count() <= limit && whole.NegativeBuckets.Count() <= limit, $"seed {seed}");
            for (int order = 0; order < 3; order++)
            {
                random.Shuffle(parts);
                var merged = new ExponentialSketch(limit);
                foreach (ExponentialSketch part in parts)
                {
                    if (random.Next(2) == 0) merged.Merge(part);
                    else Assert.True(merged.TryMergeEncoded(part.ToArray()));
                }

                Assert.True(expected.AsSpan().SequenceEqual(merged.ToArray()), $"order {order}, seed {seed}");
            }

            Assert.True(expected.AsSpan().SequenceEqual(MergeAsTree(parts, random).ToArray()), $"as a tree, seed {seed}");
        }
    }

    [Fact]
    public void Quantile_CoarserScale_IsWithinThatScalesBound()
    {
        const int Seed = 99;
        var random = new Random(Seed);
        double[] values = Distributions.Draw("log-uniform", random, 20_000);
        var sketch = new ExponentialSketch(maxBuckets: 200);
        foreach (double value in values) sketch.Add(value);

        Assert.Equal(1, sketch.Scale);
        double gamma = Math.Pow(2, 0.5);
        AssertQuantiles(sketch, values, $"seed {Seed}", (gamma - 1) / (gamma + 1) + 1e-12);
    }

    private static ExponentialSketch MergeAsTree(ExponentialSketch[] parts, Random random)
    {
        var left = parts.Select(part => part.Clone()).ToList();
        while (left.Count > 1)
        {
            int from = random.Next(left.Count);
            ExponentialSketch part = left[from];
            left.RemoveAt(from);
            left[random.Next(left.Count)].Merge(part);
        }

        return left[0];
    }

    private static void AssertQuantiles(ExponentialSketch sketch, double[] values, string what, double tolerance = Tolerance)
    {
        double[] sorted = [.. values.Order()];
        Assert.Equal(values.Length, sketch.Count);
        for (int step = 0; step <= 1_000; step++)
        {
            double q = step / 1_000.0;
            double exact = Distributions.Exact(sorted, q);
            double estimate = sketch.Quantile(q);
            Assert.True(Math.Abs(estimate - exact) <= tolerance * Math.Abs(exact), $"{what}: q {q} is {exact:R}, the sketch says {estimate:R}");
            double clamped = sketch.Quantile(q, sorted[0], sorted[^1]);
            Assert.True(clamped >= sorted[0] && clamped <= sorted[^1], $"{what}: q {q} clamped to {clamped:R}");
        }
    }
}
