using System.Text;
using MetricsGrains.Contracts;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Server.Partitioned;

namespace MetricsGrains.Server.Tests.Partitioned;

public sealed class PartitionSplitTests
{
    private const long T0 = 1_767_000_000_000;

    [Theory]
    [InlineData(1, 1_000_000)]
    [InlineData(4, 1_000_000)]
    [InlineData(32, 2_000)]
    [InlineData(3, 500)]
    public void Split_ARandomBatch_HasEverySampleOnceInOrderWithItsMetricsPartition(int partitions, int maxBytes)
    {
        const int Seed = 17;
        var random = new Random(Seed);
        Observed[] samples = [.. Enumerable.Range(0, 3_000).Select(i => new Observed(
            $"metric.{random.Next(40)}", MetricKind.Distribution, $"host:h{random.Next(5)}", T0 + random.Next(100_000), random.Next(4) == 0 ? random.NextDouble() : i, random.Next(3) + 1))];

        IReadOnlyList<byte[]>[] parts = PartitionSplit.Split(Observed.Batch(samples), partitions, maxBytes);

        var found = new List<(string, string, long, double, double)>[partitions];
        for (int p = 0; p < partitions; p++)
        {
            Assert.All(parts[p], b => Assert.True(b.Length <= maxBytes, $"{b.Length} of {maxBytes} bytes, seed {Seed}"));
            found[p] = [.. parts[p].SelectMany(Read)];
            Assert.All(found[p], s => Assert.Equal(p, PartitionSplit.PartitionOf(StableHash.Of(s.Item1), partitions)));
        }
        foreach (IGrouping<string, Observed> metric in samples.GroupBy(s => s.Metric))
        {
            int home = PartitionSplit.PartitionOf(StableHash.Of(metric.Key), partitions);
            Assert.Equal(metric.Select(s => (s.Metric, s.Tags, s.UnixMs, s.Value, s.Weight)), found[home].Where(s => s.Item1 == metric.Key));
        }
        Assert.Equal(samples.Length, found.Sum(f => f.Count));
    }

    [Fact]
    public void Split_ALargeSliceOfHistograms_KeepsTotalsAndSketches()
    {
        byte[] name = "h"u8.ToArray();
        var sketch = new ExponentialSketch();
        for (int i = 1; i < 500; i++)
        {
            sketch.Add(i * i);
        }
        byte[] bytes = sketch.ToArray();
        var builder = new SampleBatchBuilder();
        SeriesRef series = builder.AddSeries(name, MetricKind.Histogram, "ms"u8, TagSet.Of(("a", "b")).Canonical, SeriesId.Of(name, TagSet.Of(("a", "b")).Canonical));
        for (int i = 0; i < 50; i++)
        {
            builder.AddHistogram(series, T0 + i, new HistogramTotals(i + 1, i * 2, 0, i), bytes);
        }

        IReadOnlyList<byte[]> parts = Assert.Single(PartitionSplit.Split(builder.ToArray(), 1, 4 * bytes.Length + 500));

        Assert.True(parts.Count >= 12);
        int next = 0;
        foreach (byte[] part in parts)
        {
            Assert.True(SampleBatch.TryRead(part, out SampleBatch batch));
            foreach (SliceLocation location in batch)
            {
                Assert.True(SampleSlice.TryRead(part.AsSpan(location.Offset, location.Length), out SampleSlice slice));
                Assert.Equal("ms", Encoding.UTF8.GetString(slice.Unit));
                foreach (SampleSlice.Sample sample in slice.Samples)
                {
                    Assert.Equal((T0 + next, next + 1.0), (sample.UnixMs, sample.Totals.Count));
                    Assert.True(sample.Sketch.SequenceEqual(bytes));
                    next++;
                }
            }
        }
        Assert.Equal(50, next);
    }

    [Fact]
    public void Split_WhatIsNoBatch_GivesNothing() => Assert.All(PartitionSplit.Split("nonsense"u8, 4, 1_000), Assert.Empty);

    private static List<(string, string, long, double, double)> Read(byte[] bytes)
    {
        var samples = new List<(string, string, long, double, double)>();
        Assert.True(SampleBatch.TryRead(bytes, out SampleBatch batch));
        foreach (SliceLocation location in batch)
        {
            Assert.True(SampleSlice.TryRead(bytes.AsSpan(location.Offset, location.Length), out SampleSlice slice));
            Assert.Equal(StableHash.Of(slice.Name), location.MetricHash);
            var tags = new List<string>();
            foreach (SampleSlice.SeriesEntry series in slice.Series)
            {
                tags.Add(string.Join(',', TagSet.FromCanonical(series.CanonicalTags.ToArray()).ToPairs().Select(p => $"{p.Key}:{p.Value}")));
            }
            foreach (SampleSlice.Sample sample in slice.Samples)
            {
                samples.Add((Encoding.UTF8.GetString(slice.Name), tags[sample.Series], sample.UnixMs, sample.Value, sample.Weight));
            }
        }
        return samples;
    }
}
