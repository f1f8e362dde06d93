using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Tests.Grains;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Windows;

/// <summary>Measures the whole heap, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(WindowMemoryTests), DisableParallelization = true)]
public sealed class WindowMemoryCollection;

[Collection(nameof(WindowMemoryTests))]
public sealed class WindowMemoryTests
{
    private const int SeriesCount = 1_000;
    private const int Budget = 4_096;

    [Theory]
    [InlineData(MetricKind.Gauge, true)]
    [InlineData(MetricKind.Gauge, false)]
    [InlineData(MetricKind.Counter, true)]
    [InlineData(MetricKind.Counter, false)]
    public void MetricGrain_AFullHourAtTenSeconds_CostsAtMostFourKilobytesASeries(MetricKind kind, bool fractions)
    {
        double bytes = BytesPerSeries(kind, fractions, windows: 360);
        Assert.True(bytes <= Budget, $"{kind}, {(fractions ? "random doubles" : "integers")}: {bytes:0} bytes a series, at most {Budget} allowed");
    }

    /// <returns>All that the grain holds, its tag sets included, by series.</returns>
    private static double BytesPerSeries(MetricKind kind, bool fractions, int windows)
    {
        TagSet[] tags = [.. Enumerable.Range(0, SeriesCount).Select(i => TagSet.Of(("host", $"web-{i:0000}"), ("region", "eu-central")))];
        var random = new Random(1);
        var batch = new SampleBatchBuilder();
        byte[] bytes = new byte[SeriesCount * 80];
        long now = GrainFeed.Start;
        Send(GrainFeed.NewGrain(kind, now), now);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        MetricGrain grain = GrainFeed.NewGrain(kind, now);
        for (int i = 0; i < windows; i++, now += Resolution.TenSeconds)
        {
            if (i % 6 == 1)
            {
                // Ten seconds into the next minute: later than a host, which comes every second or two.
                grain.TakeFlush(now);
                grain.ConfirmFlush();
                grain.Tick(now);
            }
            Send(grain, now);
        }
        long after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.Equal(SeriesCount, grain.SeriesCount);
        return (double)(after - before) / SeriesCount;

        void Send(MetricGrain to, long ms)
        {
            batch.Clear();
            foreach (TagSet series in tags)
            {
                batch.Add(GrainFeed.AddSeries(batch, kind, series), ms + 1_234, fractions ? random.NextDouble() * 100 : random.Next(1_000));
            }
            GrainFeed.Append(to, bytes.AsSpan(0, batch.WriteTo(bytes)), default, ms);
        }
    }
}
