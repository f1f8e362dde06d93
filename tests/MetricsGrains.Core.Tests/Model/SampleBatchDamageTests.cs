using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Tests.Grains;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Model;

public sealed class SampleBatchDamageTests
{
    [Fact]
    public void TryRead_CutAtEveryByte_GivesABeginningOfTheBatch()
    {
        byte[] whole = GoldenBatch.Build();
        int total = Walk(whole);
        for (int length = 0; length < whole.Length; length++)
        {
            int read = Walk(whole.AsSpan(0, length));
            Check.That(read < total, $"cut at {length}: {read} of {total} samples");
        }
    }

    [Fact]
    public void TryRead_MutatedBytes_NeitherThrowsNorAllocates()
    {
        byte[][] wholes = [GoldenBatch.Build(), .. Enumerable.Range(0, 10).Select(RandomBytes)];
        long allocated = 0;
        for (int seed = 0; seed < 200_000; seed++)
        {
            byte[] bytes = Mutation.Of(wholes[seed % wholes.Length], new Random(seed));
            long before = GC.GetAllocatedBytesForCurrentThread();
            int read = Walk(bytes);
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            // Two bytes are the least a sample can take: more samples than that would be a loop.
            Check.That(read <= bytes.Length / 2, $"seed {seed}: {read} samples from {bytes.Length} bytes");
        }
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Append_MutatedBytes_TakesOrRefusesEverySampleItReads()
    {
        var grains = Enum.GetValues<MetricKind>().ToDictionary(k => k, k => GrainFeed.NewGrain(k, RandomNow, new MetricGrainOptions { MaxSeries = 50 }));
        var refusals = new List<Refusal>();
        for (int seed = 0; seed < 40_000; seed++)
        {
            byte[] bytes = Mutation.Of(seed % 2 == 0 ? GoldenBatch.Build() : RandomBytes(seed), new Random(seed));
            if (!SampleBatch.TryRead(bytes, out SampleBatch batch))
            {
                continue;
            }
            foreach (SliceLocation location in batch)
            {
                if (SampleSlice.TryRead(bytes.AsSpan(location.Offset, location.Length), out SampleSlice slice))
                {
                    refusals.Clear();
                    long accepted = grains[slice.Kind].Append(in slice, location.Index, default, RandomNow, refusals);
                    Check.That(accepted + refusals.Sum(r => r.Samples) == slice.SampleCount, $"seed {seed}: {accepted} accepted and {refusals.Sum(r => r.Samples)} refused of {slice.SampleCount}");
                }
            }
        }
        foreach (MetricGrain grain in grains.Values)
        {
            AssertFinite(grain);
        }
    }

    private const long RandomNow = 1_767_000_000_000;

    /// <summary>No damaged sample may have left a NaN behind.</summary>
    private static void AssertFinite(MetricGrain grain)
    {
        grain.Tick(RandomNow);
        RollupFlush? flush = grain.TakeFlush(RandomNow, everything: true);
        foreach (RollupRow row in flush?.Rows ?? [])
        {
            // Not the sum: two honest 1e308 overflow it.
            WindowAggregate a = row.Aggregate;
            Check.That(double.IsFinite(a.Min) && double.IsFinite(a.Max) && double.IsFinite(a.Last) && a.Count > 0, $"{grain.Kind}: a row of {a.Min} to {a.Max}");
        }
    }

    private static byte[] RandomBytes(int seed)
    {
        var batch = new SampleBatchBuilder();
        RandomBatch.Fill(batch, new Random(seed), out _);
        return batch.ToArray();
    }

    private static int Walk(ReadOnlySpan<byte> bytes)
    {
        int samples = 0;
        if (!SampleBatch.TryRead(bytes, out SampleBatch batch))
        {
            return 0;
        }
        foreach (SliceLocation location in batch)
        {
            if (!SampleSlice.TryRead(bytes.Slice(location.Offset, location.Length), out SampleSlice slice))
            {
                continue;
            }
            foreach (SampleSlice.SeriesEntry series in slice.Series)
            {
                TagSet.IsCanonical(series.CanonicalTags);
            }
            foreach (SampleSlice.Sample sample in slice.Samples)
            {
                samples += sample.Series >= 0 ? 1 : 0;
            }
        }
        return samples;
    }
}
