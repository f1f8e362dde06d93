using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Contracts;

/// <summary>Appending and reading minutes.</summary>
public abstract class RollupStoreContract : StoreContract
{
    private static readonly SeriesDefinition A = Series("requests", MetricKind.Counter, ("service", "api"), ("region", "eu"));
    private static readonly SeriesDefinition B = Series("requests", MetricKind.Counter, ("service", "api"), ("region", "us"));
    private static readonly SeriesDefinition C = Series("requests", MetricKind.Counter, ("service", "web"));

    [ContractFact]
    public async Task Read_UnknownMetric_IsNull() =>
        Assert.Null(await Rollups.ReadAsync("nothing", StoredResolution.OneMinute, Query(T0, T0 + Hour, Minute), None));

    [ContractFact]
    public async Task Read_KnownMetricOutsideItsRows_IsEmpty()
    {
        await AppendAsync(One(A, T0, 1));
        Assert.Empty((await ReadAsync("requests", StoredResolution.OneMinute, Query(T0 + Minute, T0 + Hour, Minute))).Groups);
    }

    [ContractFact]
    public async Task Read_OneRow_EveryFieldComesBack()
    {
        WindowAggregate aggregate = Aggregate(T0, 0.1, -1e-320, double.MaxValue, 3.5);
        aggregate.Count = 7.25;
        aggregate.Increase = 1.0 / 3;
        await AppendAsync(Of([A], [new RollupRow(0, T0, aggregate, null)]));
        AggregateFrame frame = await ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + Minute, Minute));
        AggregateGroup group = Assert.Single(frame.Groups);
        Assert.Equal(A.Tags, group.Key);
        AggregatePoint point = Assert.Single(group.Points);
        Assert.Equal(T0, point.BucketMs);
        Assert.Equal(aggregate, point.Aggregate);
        Assert.Null(point.Sketch);
        Assert.Null(point.Distinct);
    }

    [ContractFact]
    public async Task Read_FiveMinuteStep_MergesMinutes()
    {
        await AppendAsync(Of([A], [Row(0, T0, 1, 2), Row(0, T0 + (4 * Minute), 7), Row(0, T0 + (5 * Minute), 100)]));
        AggregateFrame frame = await ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + (10 * Minute), 5 * Minute));
        IReadOnlyList<AggregatePoint> points = Assert.Single(frame.Groups).Points;
        Assert.Equal([T0, T0 + (5 * Minute)], points.Select(p => p.BucketMs));
        Assert.Equal((3, 10, 1, 7, 7), Fields(points[0].Aggregate));
        Assert.Equal((1, 100, 100, 100, 100), Fields(points[1].Aggregate));
    }

    [ContractFact]
    public async Task Read_PartialRows_AreMerged()
    {
        await AppendAsync(Of([A], [Row(0, T0, 5), Row(0, T0, 1, 2)]));
        await AppendAsync(One(A, T0, 3, 4, 9));
        await AppendAsync(One(A, T0, 0), One(A, T0, 0));
        AggregateFrame frame = await ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + Minute, Minute));
        Assert.Equal((8, 24, 0, 9, 9), Fields(Assert.Single(Assert.Single(frame.Groups).Points).Aggregate));
    }

    [ContractFact]
    public async Task Read_SamplesOfOneTimeInPartialRows_LaterAppendIsLast()
    {
        await AppendAsync(One(A, T0, 5));
        await AppendAsync(One(A, T0, 6));
        await AppendAsync(One(A, T0, 4));
        AggregateFrame frame = await ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + Minute, Minute));
        Assert.Equal(4, frame.Groups[0].Points[0].Aggregate.Last);
    }

    [ContractFact]
    public async Task Read_RangeEndsAreExclusiveAndInclusive()
    {
        await AppendAsync(Of([A], [Row(0, T0 - Minute, 1), Row(0, T0, 2), Row(0, T0 + Minute, 4), Row(0, T0 + (2 * Minute), 8)]));
        Assert.Equal([2.0, 4.0], (await SumsAsync("requests", StoredResolution.OneMinute, T0, T0 + (2 * Minute), Minute)).Values);
    }

    [ContractFact]
    public async Task Read_GroupByKeys_EachGroupIsMergedAndInCanonicalOrder()
    {
        await AppendAsync(Of([A, B, C], [Row(0, T0, 1), Row(1, T0, 10), Row(2, T0, 100)]));
        Assert.Equal(3, (await ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + Minute, Minute))).Groups.Count);
        AggregateFrame all = await ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + Minute, Minute, groupBy: []));
        Assert.Equal(TagSet.Empty, Assert.Single(all.Groups).Key);
        Assert.Equal(111, all.Groups[0].Points[0].Aggregate.Sum);
        AggregateFrame services = await ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + Minute, Minute, groupBy: ["service"]));
        Assert.Equal([(TagSet.Of(("service", "api")), 11.0), (TagSet.Of(("service", "web")), 100.0)], services.Groups.Select(g => (g.Key, g.Points[0].Aggregate.Sum)));
        AggregateFrame regions = await ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + Minute, Minute, groupBy: ["region"]));
        Assert.Contains(regions.Groups, g => g.Key.Equals(TagSet.Empty) && g.Points[0].Aggregate.Sum == 100);
    }

    [ContractTheory]
    [InlineData("region", TagMatch.Equal, "eu", 1)]
    [InlineData("region", TagMatch.NotEqual, "eu", 110)]
    [InlineData("service", TagMatch.Glob, "a*", 11)]
    [InlineData("service", TagMatch.Glob, "*", 111)]
    [InlineData("nosuch", TagMatch.Equal, "x", 0)]
    public async Task Read_Filter_OnlyMatchingSeries(string key, TagMatch match, string value, double sum)
    {
        await AppendAsync(Of([A, B, C], [Row(0, T0, 1), Row(1, T0, 10), Row(2, T0, 100)]));
        AggregateFrame frame = await ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + Minute, Minute, [], [new TagFilter(key, match, value)]));
        Assert.Equal(sum, frame.Groups.Sum(g => g.Points.Sum(p => p.Aggregate.Sum)));
    }

    [ContractFact]
    public async Task Read_FewOfManySeries_TheSameAsReadingAll()
    {
        SeriesDefinition[] series = [.. Enumerable.Range(0, 300).Select(i => Series("wide", MetricKind.Gauge, ("host", $"h{i}")))];
        RollupRow[] rows = [.. Enumerable.Range(0, 300).SelectMany(i => new[] { Row(i, T0, i), Row(i, T0 + Minute, 1000 + i), Row(i, T0 - Day, i) })];
        await AppendAsync(Of(series, rows));
        AggregateFrame few = await ReadAsync("wide", StoredResolution.OneMinute, Query(T0 - Day, T0 + Hour, Minute, [], [new TagFilter("host", TagMatch.Equal, "h7"), new TagFilter("host", TagMatch.Equal, "h250")]));
        Assert.Equal([257.0, 257.0, 2257.0], few.Groups[0].Points.Select(p => p.Aggregate.Sum));
    }

    [ContractFact]
    public async Task Read_Sketches_AreMergedAcrossRowsAndSeries()
    {
        SeriesDefinition d1 = Series("latency", MetricKind.Distribution, ("host", "a"));
        SeriesDefinition d2 = Series("latency", MetricKind.Distribution, ("host", "b"));
        SeriesDefinition users = Series("users", MetricKind.Set);
        await AppendAsync(
            Of([d1, d2], [SketchRow(0, T0, 1, 500), SketchRow(1, T0, 501, 999), SketchRow(1, T0, 1000, 1000)]),
            Of([users], [SetRow(T0, 0, 600), SetRow(T0, 400, 1000)]));
        AggregateFrame frame = await ReadAsync("latency", StoredResolution.OneMinute, Query(T0, T0 + Minute, Minute, [], sketch: SketchNeed.Yes));
        ExponentialSketch? sketch = frame.Groups[0].Points[0].Sketch;
        Assert.NotNull(sketch);
        Assert.Equal(1000, sketch.Count);
        Assert.InRange(sketch.Quantile(0.5), 500 * 0.9945, 501 * 1.0055);
        Assert.InRange(sketch.Quantile(0.99), 990 * 0.9945, 991 * 1.0055);
        AggregateFrame set = await ReadAsync("users", StoredResolution.OneMinute, Query(T0, T0 + Minute, Minute, [], sketch: SketchNeed.Yes));
        HyperLogLog? distinct = set.Groups[0].Points[0].Distinct;
        Assert.NotNull(distinct);
        Assert.InRange(distinct.Estimate(), 950, 1050);
    }

    [ContractFact]
    public async Task Append_UnicodeAndEmptyTags_ComeBack()
    {
        SeriesDefinition plain = Series("météo/温度 🌡", MetricKind.Gauge);
        SeriesDefinition tagged = Series("météo/温度 🌡", MetricKind.Gauge, ("città", "Zürich 🏔"), ("empty", ""), ("quote", "'\"\\%_;--"));
        await AppendAsync(Of([plain, tagged], [Row(0, T0, 1), Row(1, T0, 2)]));
        await Harness.ReopenAsync();
        AggregateFrame frame = await ReadAsync(plain.Metric, StoredResolution.OneMinute, Query(T0, T0 + Minute, Minute));
        Assert.Equal([(TagSet.Empty, 1.0), (tagged.Tags, 2.0)], frame.Groups.Select(g => (g.Key, g.Points[0].Aggregate.Sum)));
    }

    [ContractFact]
    public async Task Append_AcrossDaysMonthsAndYears_AllIsRead()
    {
        long newYear = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        long[] minutes = [T0, T0 + Day - Minute, T0 + Day, newYear - Minute, newYear];
        await AppendAsync(Of([A], [.. minutes.Select(m => Row(0, m, 1))]));
        Dictionary<long, double> sums = await SumsAsync("requests", StoredResolution.OneMinute, T0, newYear + Day, Minute);
        Assert.Equal(minutes, sums.Keys.Order());
    }

    [ContractFact]
    public async Task Read_WhileAppending_SeesWholeFlushesOnly()
    {
        await AppendAsync(Of([A, B], [Row(0, T0, 1), Row(1, T0, 1)]));
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < 60; i++)
            {
                await AppendAsync(Of([A, B], [Row(0, T0, 1), Row(1, T0, 1)]));
            }
        });
        double last = 0;
        while (!writing.IsCompleted)
        {
            AggregateFrame[] frames = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ReadAsync("requests", StoredResolution.OneMinute, Query(T0, T0 + Minute, Minute))));
            foreach (AggregateFrame frame in frames)
            {
                Assert.Equal(frame.Groups[0].Points[0].Aggregate.Count, frame.Groups[1].Points[0].Aggregate.Count);
            }
            double lowest = frames.Min(f => f.Groups[0].Points[0].Aggregate.Count);
            Assert.True(lowest >= last, "a read went back in time");
            last = frames.Max(f => f.Groups[0].Points[0].Aggregate.Count);
        }
        await writing;
        Assert.Equal(122, (await SumsAsync("requests", StoredResolution.OneMinute, T0, T0 + Minute, Minute))[T0]);
    }

    private static (double, double, double, double, double) Fields(WindowAggregate a) => (a.Count, a.Sum, a.Min, a.Max, a.Last);

    private static RollupRow SketchRow(int series, long bucket, int from, int to)
    {
        var sketch = new ExponentialSketch();
        double[] values = [.. Enumerable.Range(from, to - from + 1).Select(i => (double)i)];
        foreach (double value in values)
        {
            sketch.Add(value);
        }
        return new RollupRow(series, bucket, Aggregate(bucket, values), sketch.ToArray());
    }

    private static RollupRow SetRow(long bucket, int from, int to)
    {
        var distinct = new HyperLogLog();
        for (int i = from; i < to; i++)
        {
            distinct.Add(StableHash.Of(BitConverter.GetBytes(i)));
        }
        return new RollupRow(0, bucket, Aggregate(bucket, 0), distinct.ToArray());
    }
}
