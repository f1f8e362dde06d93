using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Tests.Grains;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Windows;

/// <summary>The rolling windows and their compressed blocks, seen from outside: what a query gives before and after sealing.</summary>
public sealed class WindowTests
{
    private const long Start = GrainFeed.Start;
    private static readonly TagSet s_tags = TagSet.Of(("host", "a"));

    /// <summary>The codec's property: sealing, in any number of steps, changes no bit of any figure.</summary>
    [Theory]
    [InlineData(MetricKind.Gauge)]
    [InlineData(MetricKind.Counter)]
    [InlineData(MetricKind.CumulativeCounter)]
    [InlineData(MetricKind.Distribution)]
    public void Tick_RandomWindows_SealsThemBitForBit(MetricKind kind)
    {
        for (int seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            MetricGrain grain = GrainFeed.NewGrain(kind, Start);
            var batch = new SampleBatchBuilder();
            SeriesRef series = GrainFeed.AddSeries(batch, kind, s_tags);
            int shape = random.Next(5);
            long span = random.Next(2) == 0 ? 600_000 : 3_600_000;
            for (int i = random.Next(1, 200); i > 0; i--)
            {
                batch.Add(series, Start + random.NextInt64(span), Value(random, shape), kind == MetricKind.Distribution ? random.Next(1, 20) : 1);
            }
            long now = Start + span;
            GrainFeed.Append(grain, batch.ToArray(), default, now);
            IReadOnlyList<AggregatePoint> before = GrainFeed.Points(grain, Start, Start + span, Resolution.TenSeconds, now);
            for (int minute = 0; minute <= span / Resolution.OneMinute; minute += random.Next(1, 20))
            {
                grain.TakeFlush(Start + (minute * Resolution.OneMinute));
                grain.Tick(Start + (minute * Resolution.OneMinute));
            }
            grain.TakeFlush(now + 60_000);
            grain.Tick(now + 60_000);
            IReadOnlyList<AggregatePoint> after = GrainFeed.Points(grain, Start, Start + span, Resolution.TenSeconds, now);
            Check.That(before.Count == after.Count, $"{kind}, seed {seed}: {after.Count} windows of {before.Count}");
            for (int i = 0; i < before.Count; i++)
            {
                Check.That(Figures(before[i]) == Figures(after[i]), $"{kind}, seed {seed}: {Figures(before[i])} sealed as {Figures(after[i])}");
            }
        }
    }

    [Fact]
    public void Append_LateSample_LandsInItsSealedWindow()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        long now = Start + 600_000;
        GrainFeed.Send(grain, s_tags, Start + 5_000, 10, now);
        Seal(grain, now);
        GrainFeed.Send(grain, s_tags, Start + 4_000, 4, now);
        AssertWindow();
        Seal(grain, now);
        AssertWindow();

        void AssertWindow()
        {
            AggregatePoint point = Assert.Single(GrainFeed.Points(grain, Start, Start + 600_000, Resolution.TenSeconds, now));
            Assert.Equal(Start, point.BucketMs);
            Assert.Equal((2d, 14d, 4d, 10d, 10d, Start + 5_000), (point.Aggregate.Count, point.Aggregate.Sum, point.Aggregate.Min, point.Aggregate.Max, point.Aggregate.Last, point.Aggregate.LastAt));
        }
    }

    [Fact]
    public void Append_SameTimeTwice_KeepsTheLaterArrivalAsLast()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        long now = Start + 600_000;
        GrainFeed.Send(grain, s_tags, Start, 1, now);
        Seal(grain, now);
        GrainFeed.Send(grain, s_tags, Start, 2, now);
        Seal(grain, now);
        Assert.Equal(2, Assert.Single(GrainFeed.Points(grain, Start, Start + 10_000, Resolution.TenSeconds, now)).Aggregate.Last);
    }

    [Fact]
    public void Append_EdgesOfAWindow_BelongToTheWindowTheyStart()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        foreach (long ms in (ReadOnlySpan<long>)[0, 9_999, 10_000, 59_999, 60_000])
        {
            GrainFeed.Send(grain, s_tags, Start + ms, 1, Start);
        }
        Assert.Equal([2d, 1, 1, 1], GrainFeed.Points(grain, Start, Start + 120_000, Resolution.TenSeconds, Start).Select(p => p.Aggregate.Count));
        Assert.Equal([4d, 1], GrainFeed.Points(grain, Start, Start + 120_000, Resolution.OneMinute, Start).Select(p => p.Aggregate.Count));
    }

    [Fact]
    public void Tick_WindowsBeyondTheLiveWindow_AreForgottenByTheBlock()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        long now = Start;
        for (int i = 0; i < 3 * 360; i++, now += Resolution.TenSeconds)
        {
            GrainFeed.Send(grain, s_tags, now, i, now);
            grain.TakeFlush(now);
            grain.ConfirmFlush();
            grain.Tick(now);
        }
        IReadOnlyList<AggregatePoint> kept = GrainFeed.Points(grain, Start, now, Resolution.TenSeconds, now);
        // 65 minutes are promised; a block of ten minutes goes when all of it is older.
        Assert.InRange(kept.Count, 65 * 6, 75 * 6);
        Assert.Equal(now - Resolution.TenSeconds, kept[^1].BucketMs);
        Assert.Equal(kept.Count, kept.Select(p => p.BucketMs).Distinct().Count());
    }

    [Fact]
    public void Query_AfterHours_SaysFromWhenMemoryIsComplete()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        long now = Start + Resolution.OneDay;
        Assert.Equal(now - (65 * Resolution.OneMinute), grain.Query(new AggregateQuery(Start, now, Resolution.OneHour, [], [], SketchNeed.None), now).CompleteFromMs);
    }

    [Fact]
    public void GlobMatches_PatternsWithManyStars_AreLinear()
    {
        Assert.True(TagFilter.GlobMatches("a*b*c", "aXXbYYc"));
        Assert.True(TagFilter.GlobMatches("*", ""));
        Assert.False(TagFilter.GlobMatches("a*b", "a"));
        Assert.False(TagFilter.GlobMatches("", "a"));
        // Exponential in a backtracking matcher: it would not come back.
        Assert.False(TagFilter.GlobMatches(string.Concat(Enumerable.Repeat("a*", 1_000)) + "b", new string('a', 20_000)));
    }

    private static void Seal(MetricGrain grain, long nowMs)
    {
        grain.TakeFlush(nowMs);
        grain.ConfirmFlush();
        grain.Tick(nowMs);
    }

    private static double Value(Random random, int shape) => shape switch
    {
        0 => random.NextDouble() * 1000,
        1 => random.Next(-1000, 1000),
        2 => Math.Round((random.NextDouble() - 0.5) * 2000, random.Next(1, 6)),
        3 => Extremes[random.Next(Extremes.Length)],
        _ => Math.Exp((random.NextDouble() - 0.5) * 1000) * (random.Next(2) == 0 ? 1 : -1),
    };

    private static double[] Extremes =>
        [0, -0.0, double.Epsilon, -double.Epsilon, 1e300, -1e300, 1L << 50, (1L << 50) - 1, -(1L << 50), 1L << 53, (1L << 50) / 10.0, 0.1, 0.001, 999.999, -999.999, 0.0005, int.MaxValue, double.MaxValue / 1e10];

    private static string Figures(AggregatePoint p) =>
        $"{p.BucketMs}: {Bits(p.Aggregate.Count)} {Bits(p.Aggregate.Sum)} {Bits(p.Aggregate.Min)} {Bits(p.Aggregate.Max)} {Bits(p.Aggregate.Last)} @{p.Aggregate.LastAt} {Bits(p.Aggregate.Increase)} {(p.Sketch is null ? "" : Convert.ToHexString(p.Sketch.ToArray()))}";

    private static string Bits(double value) => BitConverter.DoubleToUInt64Bits(value).ToString("x16");
}
