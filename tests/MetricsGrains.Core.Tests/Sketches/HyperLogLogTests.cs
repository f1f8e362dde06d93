using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Sketches;

public class HyperLogLogTests
{
    private static readonly double Sigma = 1.04 / Math.Sqrt(1 << HyperLogLog.Precision);

    [Fact]
    public void Estimate_OneToTenMillionDistinct_IsWithinThreeSigma()
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            var sketch = new HyperLogLog();
            long next = 1;
            for (long added = 1; added <= 10_000_000; added++)
            {
                sketch.Add(Mix(seed, (ulong)added));
                if (added != next) continue;
                double error = sketch.Estimate() / added - 1;
                Assert.True(Math.Abs(error) <= 3 * Sigma, $"seed {seed}: {added} distinct, error {error:P3}");
                next = added == 10_000_000 ? long.MaxValue : Math.Min(10_000_000, added + 1 + added / 20);
            }

            Assert.False(sketch.IsSparse);
        }
    }

    /// <summary>A few lucky seeds prove little: over many, the error has the promised size and no direction.</summary>
    [Theory]
    [InlineData(3_500)]
    [InlineData(10_000)]
    [InlineData(41_000)] // 2.5 registers' worth, where the original estimator is biased most
    [InlineData(100_000)]
    public void Estimate_OverManySeeds_HasNoBiasAndTheStandardError(int distinct)
    {
        const int Runs = 100;
        double sum = 0, squares = 0;
        for (ulong seed = 1000; seed < 1000 + Runs; seed++)
        {
            var sketch = new HyperLogLog();
            for (int i = 0; i < distinct; i++) sketch.Add(Mix(seed, (ulong)i));
            double error = sketch.Estimate() / distinct - 1;
            sum += error;
            squares += error * error;
        }

        Assert.InRange(sum / Runs, -3 * Sigma / Math.Sqrt(Runs), 3 * Sigma / Math.Sqrt(Runs));
        Assert.InRange(Math.Sqrt(squares / Runs), 0, 1.2 * Sigma);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1_000)]
    public void Estimate_FewDistinct_RoundsToTheNumber(int distinct)
    {
        var sketch = new HyperLogLog();
        for (int i = 0; i < 3 * distinct; i++) sketch.Add(Mix(77, (ulong)(i % distinct)));
        Assert.True(sketch.IsSparse);
        Assert.Equal(distinct, Math.Round(sketch.Estimate()));
    }

    [Fact]
    public void Add_HashesWithLongRunsOfZeros_SparseAndDenseAgree()
    {
        var random = new Random(31);
        var sparse = new HyperLogLog();
        HyperLogLog dense = Filled(1, 5_000);
        HyperLogLog both = dense.Clone();
        Assert.False(dense.IsSparse);
        ulong[] hashes = [0, 1, ulong.MaxValue, 1UL << 38, 1UL << 39, 1UL << 49, 1UL << 50,
            .. Enumerable.Range(0, 2_000).Select(_ => (ulong)random.NextInt64() << 1 >> random.Next(64) << random.Next(64))];
        foreach (ulong hash in hashes)
        {
            sparse.Add(hash);
            dense.Add(hash);
        }

        Assert.True(sparse.IsSparse);
        both.Merge(sparse);
        Assert.Equal(dense.ToArray(), both.ToArray());
    }

    [Theory]
    [InlineData(300)]
    [InlineData(3_072)]
    [InlineData(3_073)]
    [InlineData(200_000)]
    public void Merge_PartsInAnyOrder_GivesTheSameBytes(int distinct)
    {
        for (int seed = 1; seed <= 5; seed++)
        {
            var random = new Random(seed);
            var whole = new HyperLogLog();
            var parts = Enumerable.Range(0, 100).Select(_ => new HyperLogLog()).ToArray();
            for (int i = 0; i < distinct * 2; i++)
            {
                ulong hash = Mix((ulong)seed, (ulong)(i % distinct));
                whole.Add(hash);
                // A skew, so that some parts are dense and some sparse.
                parts[random.Next(1 + random.Next(parts.Length))].Add(hash);
            }

            Assert.Equal(distinct <= HyperLogLog.MaxSparseEntries, whole.IsSparse);
            for (int order = 0; order < 3; order++)
            {
                random.Shuffle(parts);
                var merged = new HyperLogLog();
                foreach (HyperLogLog part in parts) merged.Merge(part);
                merged.Merge(merged);
                Assert.True(whole.ToArray().AsSpan().SequenceEqual(merged.ToArray()), $"{distinct} distinct, order {order}, seed {seed}");
            }
        }
    }

    [Fact]
    public void Add_OnceDense_AllocatesNothing()
    {
        HyperLogLog sketch = Filled(9, 5_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong i = 0; i < 100_000; i++) sketch.Add(Mix(10, i));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(3_072)]
    [InlineData(5_000)]
    public void MemoryBytes_DecodedSketch_IsWhatACloneAllocates(int distinct)
    {
        Assert.True(HyperLogLog.TryDecode(Filled(3, distinct).ToArray(), out HyperLogLog? sketch));
        sketch.Clone();
        long before = GC.GetAllocatedBytesForCurrentThread();
        sketch.Clone();
        Assert.Equal(GC.GetAllocatedBytesForCurrentThread() - before, sketch.MemoryBytes);
        Assert.InRange(sketch.MemoryBytes, 0, 16_384 + 64);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(5_000)]
    public void Clear_AnyForm_IsAsNew(int distinct)
    {
        HyperLogLog sketch = Filled(4, distinct), copy = sketch.Clone();
        sketch.Clear();
        Assert.True(sketch.IsSparse);
        Assert.Equal(0, sketch.Estimate());
        Assert.Equal(new HyperLogLog().ToArray(), sketch.ToArray());
        Assert.InRange(copy.Estimate(), distinct * 0.97, distinct * 1.03);
    }

    internal static HyperLogLog Filled(ulong seed, int distinct)
    {
        var sketch = new HyperLogLog();
        for (int i = 0; i < distinct; i++) sketch.Add(Mix(seed, (ulong)i));
        return sketch;
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood 2014): a bijection, so different numbers are different hashes.</summary>
    private static ulong Mix(ulong seed, ulong number)
    {
        ulong z = seed * 0xD1342543DE82EF95UL + number * 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
