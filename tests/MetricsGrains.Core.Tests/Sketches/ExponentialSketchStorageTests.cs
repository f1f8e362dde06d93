using MetricsGrains.Core.Sketches;

namespace MetricsGrains.Core.Tests.Sketches;

/// <summary>What lies behind the buckets: the forms they take against a dictionary, and the memory they cost.</summary>
public class ExponentialSketchStorageTests
{
    [Fact]
    public void Add_RandomRangesAndWeights_EqualsADictionary()
    {
        for (int seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            var sketch = new ExponentialSketch(maxBuckets: 1 << 20);
            var model = new SortedDictionary<int, long>();
            int range = 1 << random.Next(1, 16), centre = random.Next(-30_000, 30_000);
            int heaviest = random.Next(1, 58);
            for (int i = random.Next(1, 2_000); i > 0; i--)
            {
                // Now and then an outlier, to turn dense back to sparse.
                int index = centre + random.Next(range) * (random.Next(200) == 0 ? random.Next(-1, 2) * 3 : 1);
                index = Math.Clamp(index, -60_000, 60_000);
                long count = random.Next(20) == 0 ? random.NextInt64(1, 1L << heaviest) : 1;
                sketch.Add(MiddleOf(index), count);
                model[index] = model.GetValueOrDefault(index) + count;
            }

            Assert.True(model.Select(b => (b.Key, b.Value)).SequenceEqual(sketch.PositiveBuckets), $"seed {seed}");
            Assert.True(ExponentialSketch.TryDecode(sketch.ToArray(), out ExponentialSketch? decoded), $"seed {seed}");
            Assert.True(sketch.PositiveBuckets.SequenceEqual(decoded.PositiveBuckets), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("uniform")]
    [InlineData("log-uniform")]
    [InlineData("both signs")]
    [InlineData("with zeros")]
    public void MemoryBytes_AnySize_IsWhatACloneAllocates(string name)
    {
        foreach (int count in new[] { 0, 1, 2, 5, 10, 30, 100, 1_000, 30_000 })
        {
            var sketch = new ExponentialSketch();
            foreach (double value in Distributions.Draw(name, new Random(count), count)) sketch.Add(value);
            sketch.Clone();
            long before = GC.GetAllocatedBytesForCurrentThread();
            sketch.Clone();
            Assert.Equal(GC.GetAllocatedBytesForCurrentThread() - before, sketch.MemoryBytes);
        }
    }

    [Fact]
    public void MemoryBytes_TenValues_IsBelow300AndEncodedBelow40()
    {
        foreach (string name in Distributions.Names)
        {
            for (int seed = 0; seed < 200; seed++)
            {
                var sketch = new ExponentialSketch();
                foreach (double value in Distributions.Draw(name, new Random(seed), 10)) sketch.Add(value);
                Assert.True(sketch.MemoryBytes < 300, $"{name}, seed {seed}: {sketch.MemoryBytes} B in memory");
                Assert.True(sketch.EncodedLength < 40, $"{name}, seed {seed}: {sketch.EncodedLength} B encoded");
            }
        }
    }

    [Fact]
    public void MemoryBytes_OneOutlier_DoesNotSpanTheGap()
    {
        var sketch = new ExponentialSketch();
        for (int i = 0; i < 10_000; i++) sketch.Add(100 + i % 500);
        int before = sketch.MemoryBytes;
        sketch.Add(double.Epsilon);
        sketch.Add(double.MaxValue, long.MaxValue);
        Assert.Equal(ExponentialSketch.MaxScale, sketch.Scale);
        // The one great count makes every count eight bytes wide; the 130,000 buckets between must cost nothing.
        Assert.InRange(sketch.MemoryBytes, before, before * 12);
    }

    [Fact]
    public void Add_OnceTheRangeIsKnown_AllocatesNothing()
    {
        foreach (string name in Distributions.Names)
        {
            double[] values = Distributions.Draw(name, new Random(17), 20_000);
            var sketch = new ExponentialSketch();
            // Wide enough counts from the start: growing to them is not the steady state.
            foreach (double value in values) sketch.Add(value, 300);
            long before = GC.GetAllocatedBytesForCurrentThread();
            foreach (double value in values) sketch.Add(value);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void TryMergeEncoded_OnceTheRangeIsKnown_AllocatesNothing()
    {
        var part = new ExponentialSketch();
        foreach (double value in Distributions.Draw("both signs", new Random(3), 1_000)) part.Add(value);
        byte[] encoded = part.ToArray();
        var sketch = new ExponentialSketch();
        for (int i = 0; i < 300; i++) sketch.TryMergeEncoded(encoded);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) sketch.TryMergeEncoded(encoded);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(400_000, sketch.Count);
    }

    private static double MiddleOf(int index) => Math.Pow(2, (index + 0.5) / 64);
}
