using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Contracts;

/// <summary>Raw blocks: appended, read back and aggregated at any step.</summary>
public abstract class RawStoreContract : StoreContract
{
    private ulong _applied;

    [ContractFact]
    public async Task ReadRaw_UnknownMetric_IsNull() => Assert.Null(await Raw.ReadRawAsync("nothing", Query(T0, T0 + Hour, 10_000), None));

    [ContractFact]
    public async Task ReadRaw_Gauge_ExactDoubles()
    {
        double[] values = [-0.0, double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue, 0.1, 1.0 / 3, 2.2250738585072009e-308, 0, 42];
        long[] times = [.. Enumerable.Range(0, values.Length).Select(i => T0 + (i * 10_000L))];
        await AppendAsync(Series("g", MetricKind.Gauge), times, values);
        await Harness.ReopenAsync();
        IReadOnlyList<AggregatePoint> points = (await ReadAsync("g", T0, T0 + Hour, 10_000)).Groups[0].Points;
        Assert.Equal(values.Select(BitConverter.DoubleToInt64Bits), points.Select(p => BitConverter.DoubleToInt64Bits(p.Aggregate.Last)));
        Assert.Equal(times, points.Select(p => p.Aggregate.LastAt));
        Assert.All(points, p => Assert.Equal((1, 0), (p.Aggregate.Count, p.Aggregate.Increase)));
    }

    [ContractFact]
    public async Task ReadRaw_Counter_IncreaseIsSum()
    {
        await AppendAsync(Series("c", MetricKind.Counter), [T0, T0 + 1, T0 + 10_000], [5, 0.5, 7]);
        IReadOnlyList<AggregatePoint> points = (await ReadAsync("c", T0, T0 + Hour, 10_000)).Groups[0].Points;
        Assert.Equal([5.5, 7.0], points.Select(p => p.Aggregate.Sum));
        Assert.Equal([5.5, 7.0], points.Select(p => p.Aggregate.Increase));
    }

    [ContractFact]
    public async Task ReadRaw_CumulativeCounter_IncreasesInTimeOrderAcrossOverlappingBlocks()
    {
        SeriesDefinition series = Series("cc", MetricKind.CumulativeCounter);
        await AppendAsync(series, [T0, T0 + 20_000, T0 + 40_000], [100, 130, 7]);
        await AppendAsync(series, [T0 + 10_000, T0 + 30_000], [110, 135]);
        IReadOnlyList<AggregatePoint> points = (await ReadAsync("cc", T0, T0 + Hour, 10_000)).Groups[0].Points;
        // At 40 s the total fell: a reset, which counts as 7.
        Assert.Equal([0.0, 10.0, 20.0, 5.0, 7.0], points.Select(p => p.Aggregate.Increase));
        // From the middle on, the sample before the range is what the first increase is counted from.
        Assert.Equal([20.0, 5.0, 7.0], (await ReadAsync("cc", T0 + 20_000, T0 + Hour, 10_000)).Groups[0].Points.Select(p => p.Aggregate.Increase));
        await AppendAsync(series, [T0 + (20 * Minute)], [9]);
        Assert.Equal(2, (await ReadAsync("cc", T0 + (20 * Minute), T0 + Hour, 10_000)).Groups[0].Points[0].Aggregate.Increase);
    }

    [ContractFact]
    public async Task ReadRaw_Distribution_WeightsCountAndSketchIsRebuilt()
    {
        double[] values = [.. Enumerable.Range(1, 1000).Select(i => (double)i)];
        long[] times = [.. Enumerable.Range(0, 1000).Select(i => T0 + i)];
        await AppendAsync(Series("d", MetricKind.Distribution), times, values, [.. values.Select(_ => 4.0)]);
        AggregatePoint point = (await ReadAsync("d", T0, T0 + Minute, 10_000, SketchNeed.Yes)).Groups[0].Points[0];
        Assert.Equal((4000, 4 * 500_500, 1, 1000, 4000), (point.Aggregate.Count, point.Aggregate.Sum, point.Aggregate.Min, point.Aggregate.Max, point.Aggregate.Increase));
        Assert.Equal(4000, point.Sketch!.Count);
        Assert.InRange(point.Sketch.Quantile(0.5), 500 * 0.9945, 501 * 1.0055);
        Assert.Null((await ReadAsync("d", T0, T0 + Minute, 10_000)).Groups[0].Points[0].Sketch);
    }

    [ContractFact]
    public async Task ReadRaw_Set_CountsDistinctHashesWhateverTheirBits()
    {
        double[] hashes = [.. Enumerable.Range(0, 500).Select(i => BitConverter.UInt64BitsToDouble(StableHash.Of(BitConverter.GetBytes(i % 250)))), double.NaN, double.PositiveInfinity];
        long[] times = [.. Enumerable.Range(0, hashes.Length).Select(i => T0 + i)];
        await AppendAsync(Series("s", MetricKind.Set), times, hashes);
        AggregatePoint point = (await ReadAsync("s", T0, T0 + Minute, 60_000, SketchNeed.Yes)).Groups[0].Points[0];
        Assert.Equal(502, point.Aggregate.Count);
        Assert.Equal(0, point.Aggregate.Sum);
        Assert.InRange(point.Distinct!.Estimate(), 245, 260);
    }

    [ContractFact]
    public async Task ReadRaw_BlocksAcrossMidnightAndTheRange_AreCutToIt()
    {
        SeriesDefinition series = Series("g", MetricKind.Gauge);
        long[] times = [.. Enumerable.Range(-60, 120).Select(i => T0 + (i * 10_000L))];
        await AppendAsync(series, times, [.. times.Select(_ => 1.0)]);
        Assert.Equal(60, (await ReadAsync("g", T0, T0 + Day, Minute)).Groups[0].Points.Sum(p => p.Aggregate.Count));
        Assert.Equal(3, (await ReadAsync("g", T0 - 10_000, T0 + 20_000, 10_000)).Groups[0].Points.Sum(p => p.Aggregate.Count));
        Assert.Equal(60, (await ReadAsync("g", T0 - Day, T0, Minute)).Groups[0].Points.Sum(p => p.Aggregate.Count));
    }

    [ContractFact]
    public async Task ReadRaw_FiltersAndGroups()
    {
        await AppendAsync(Series("g", MetricKind.Gauge, ("host", "a"), ("dc", "x")), [T0], [1]);
        await AppendAsync(Series("g", MetricKind.Gauge, ("host", "b"), ("dc", "x")), [T0], [10]);
        await AppendAsync(Series("g", MetricKind.Gauge, ("host", "c"), ("dc", "y")), [T0], [100]);
        AggregateFrame frame = (await Raw.ReadRawAsync("g", Query(T0, T0 + Minute, Minute, ["dc"], [new TagFilter("host", TagMatch.NotEqual, "b")]), None))!;
        Assert.Equal([("x", 1.0), ("y", 100.0)], frame.Groups.Select(g => (g.Key.ToPairs()[0].Value, g.Points[0].Aggregate.Sum)));
    }

    [ContractFact]
    public async Task AppendRaw_Repeated_CountsOnce()
    {
        FlushCursor cursor = Cursor("*", 7, T0, stream: FlushStream.Raw);
        RawBlock block = new(Series("g", MetricKind.Gauge), [T0], [1], null);
        await Raw.AppendRawAsync([block], cursor, None);
        await Raw.AppendRawAsync([block], cursor, None);
        Assert.Equal(1, (await ReadAsync("g", T0, T0 + Minute, Minute)).Groups[0].Points[0].Aggregate.Count);
        Assert.Contains(cursor, await Rollups.ReadCursorsAsync(None));
    }

    /// <summary>Two processes archive one log: what is not written right behind the last write is the other one's already, or would leave a gap.</summary>
    [ContractFact]
    public async Task AppendRaw_BehindAnotherPlaceThanTheStoredOne_IsSkipped()
    {
        SeriesDefinition series = Series("g", MetricKind.Gauge);
        Task Append(double value, ulong after, ulong through) =>
            Raw.AppendRawAsync([new RawBlock(series, [T0], [value], null)], Cursor("*", through, T0 + (long)through, stream: FlushStream.Raw) with { After = after }, None);
        await Append(1_000, 3, 4);
        await Append(1, 0, 7);
        await Append(100, 0, 9);
        await Append(200, 6, 9);
        await Append(300, 8, 9);
        await Append(10, 7, 9);
        await Append(10, 7, 9);
        Assert.Equal(11, (await ReadAsync("g", T0, T0 + Minute, Minute)).Groups[0].Points[0].Aggregate.Sum);
        Assert.Equal(9UL, Assert.Single(await Rollups.ReadCursorsAsync("*", None)).AppliedThrough);
    }

    [ContractFact]
    public async Task AppendRaw_OneBlockFails_NothingIsWritten()
    {
        RawBlock good = new(Series("g", MetricKind.Gauge), [T0], [1], null);
        RawBlock bad = new(Series("b", MetricKind.Gauge), [T0, T0 - 1], [1, 2], null);
        await Assert.ThrowsAnyAsync<Exception>(() => Raw.AppendRawAsync([good, bad], Cursor("*", 7, stream: FlushStream.Raw), None));
        Assert.Null(await Rollups.FindMetricAsync("g", None));
        Assert.Empty(await Rollups.ReadCursorsAsync(None));
    }

    [ContractFact]
    public async Task AppendRaw_VeryLongBlock_AllSamplesComeBack()
    {
        long[] times = [.. Enumerable.Range(0, 150_000).Select(i => T0 + i)];
        await AppendAsync(Series("g", MetricKind.Gauge), times, [.. times.Select(t => (double)(t % 1000))]);
        Assert.Equal(150_000, (await ReadAsync("g", T0, T0 + Hour, Hour)).Groups[0].Points[0].Aggregate.Count);
    }

    [ContractFact]
    public async Task Retain_OldRawBlocks_Go()
    {
        SeriesDefinition series = Series("g", MetricKind.Gauge);
        await AppendAsync(series, [T0], [1]);
        await AppendAsync(series, [T0 + (9 * Day)], [1]);
        await Rollups.RetainAsync(T0 + (9 * Day), new Retention(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825)), None);
        Assert.Equal([T0 + (9 * Day)], (await ReadAsync("g", T0, T0 + (10 * Day), Day)).Groups[0].Points.Select(p => p.BucketMs));
    }

    [ContractFact]
    public async Task ReadRaw_BlocksKeptForTimesOfTheirOwn_AreReadLikeAnyOther()
    {
        SeriesDefinition series = Series("cc", MetricKind.CumulativeCounter);
        await AppendAsync(series, [T0, T0 + 20_000], [100, 130], keep: TimeSpan.FromHours(3));
        await AppendAsync(series, [T0 + 10_000, T0 + 30_000], [110, 135]);
        await AppendAsync(series, [T0 + 40_000, T0 + (2 * Hour)], [141, 150], keep: TimeSpan.FromDays(3));
        IReadOnlyList<AggregatePoint> points = (await ReadAsync("cc", T0, T0 + Day, 10_000)).Groups[0].Points;
        Assert.Equal([0.0, 10.0, 20.0, 5.0, 6.0, 9.0], points.Select(p => p.Aggregate.Increase));
        // One block more than was written: what is kept for a time of its own is cut at full hours.
        Assert.Equal((4, T0), ((await Rollups.StatusAsync(None)).RawBlocks, (await Rollups.StatusAsync(None)).OldestMs));
    }

    [ContractFact]
    public async Task AppendRaw_KeptForATimeOfItsOwnAndRepeated_CountsOnce()
    {
        FlushCursor cursor = Cursor("*", 7, T0, stream: FlushStream.Raw);
        RawBlock[] blocks = [new(Series("g", MetricKind.Gauge), [T0], [1], null), new(Series("b", MetricKind.Gauge), [T0], [1], null) { Keep = TimeSpan.FromHours(1) }];
        await Raw.AppendRawAsync(blocks, cursor, None);
        await Raw.AppendRawAsync(blocks, cursor, None);
        Assert.Equal((1, 1), ((await ReadAsync("g", T0, T0 + Minute, Minute)).Groups[0].Points[0].Aggregate.Count, (await ReadAsync("b", T0, T0 + Minute, Minute)).Groups[0].Points[0].Aggregate.Count));
    }

    /// <summary>Whatever is kept however long: nothing goes early, and everything is gone a day after its time, those of the general retention aside.</summary>
    [ContractFact]
    public async Task Retain_BlocksKeptForTimesOfTheirOwn_GoInTime()
    {
        int seed = Random.Shared.Next(100_000);
        var random = new Random(seed);
        int[] hours = [1, 2, 7, 24, 47, 48, 60, 120];
        var written = new List<(long At, long KeptMs)>();
        for (int i = 0; i < 60; i++)
        {
            long keptHours = hours[random.Next(hours.Length)];
            TimeSpan? keep = random.Next(4) == 0 ? null : TimeSpan.FromHours(keptHours);
            long[] times = [.. Enumerable.Range(0, random.Next(1, 200)).Select(n => T0 + (random.Next(24) * Hour) + (n * 60_000L)).Order()];
            await AppendAsync(Series("g", MetricKind.Gauge), times, [.. times.Select(_ => 1.0)], keep: keep);
            written.AddRange(times.Select(t => (t, keep is null ? 7 * Day : keptHours * Hour)));
        }
        for (long now = T0 + (20 * Hour); now < T0 + (10 * Day); now += random.NextInt64(Hour, Day))
        {
            await Rollups.RetainAsync(now, new Retention(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825)), None);
            double left = (await ReadAsync("g", T0, T0 + (2 * Day), 2 * Day)).Groups.Sum(g => g.Points.Sum(p => p.Aggregate.Count));
            // By whole partitions: six hours for what is kept for hours, a day for what is kept for days, and a block goes with its last sample.
            int least = written.Count(w => w.At + w.KeptMs >= now), most = written.Count(w => w.At + w.KeptMs + Day + Hour >= now);
            Assert.True(left >= least && left <= most, $"seed {seed}, {(now - T0) / (double)Hour:0.0} h: {left} samples left, must be from {least} to {most}");
        }
        Assert.Equal(0, (await Rollups.StatusAsync(None)).RawBlocks);
    }

    private Task AppendAsync(SeriesDefinition series, long[] times, double[] values, double[]? weights = null, TimeSpan? keep = null) =>
        Raw.AppendRawAsync([new RawBlock(series, times, values, weights) { Keep = keep }], Cursor("*", ++_applied, stream: FlushStream.Raw), None);

    private async Task<AggregateFrame> ReadAsync(string metric, long fromMs, long toMs, long stepMs, SketchNeed sketch = SketchNeed.None)
    {
        AggregateFrame? frame = await Raw.ReadRawAsync(metric, Query(fromMs, toMs, stepMs, [], sketch: sketch), None);
        Assert.NotNull(frame);
        return frame;
    }
}
