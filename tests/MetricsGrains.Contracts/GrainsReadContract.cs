using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Contracts;

/// <summary>What every host must answer.</summary>
public abstract class GrainsReadContract : GrainsContract
{
    [ContractFact]
    public async Task Read_UnknownMetric_IsNullOrEmpty()
    {
        await AppendAllAsync(Observed.Gauge("known", "", T0, 1));

        Assert.Null(await Grains.QueryAsync("unknown", Whole(), None));
        Assert.Null(await Grains.DescribeAsync("unknown", None));
        Assert.Empty(await Grains.ListSeriesAsync("unknown", 10, None));
        Assert.Null(await Grains.QueryAsync("", Whole(), None));
        Assert.Empty(await Grains.ListAsync("unknown", "", 10, None));
    }

    [ContractFact]
    public async Task Query_ByStep_GivesBucketsFromInclusiveToExclusive()
    {
        await AppendAllAsync(
            Observed.Gauge("buckets", "", T0 - 1, 1),
            Observed.Gauge("buckets", "", T0, 2),
            Observed.Gauge("buckets", "", T0 + 9_999, 3),
            Observed.Gauge("buckets", "", T0 + 30_000, 4),
            Observed.Gauge("buckets", "", T0 + 60_000, 5));

        MetricAnswer? answer = await Grains.QueryAsync("buckets", Query(T0, T0 + 60_000, 10_000, []), None);

        Assert.NotNull(answer);
        AggregateGroup group = Assert.Single(answer.Frame.Groups);
        Assert.Equal([(T0, 5.0, 2.0, 3.0), (T0 + 30_000, 4.0, 4.0, 4.0)], group.Points.Select(p => (p.BucketMs, p.Aggregate.Sum, p.Aggregate.Min, p.Aggregate.Last)));
        Assert.Equal(MetricKind.Gauge, answer.Kind);
        Assert.Equal(T0 + 60_000, answer.NewestMs);
        Assert.Equal(1, answer.SeriesMatched);
        Assert.True(answer.CompleteFromMs < T0 - Resolution.OneHour + (10 * Resolution.OneMinute), "a host that has always run knows the last hour");
    }

    [ContractFact]
    public async Task Query_Grouped_GivesAGroupForEachValueInCanonicalOrder()
    {
        await AppendRegionsAsync();

        Assert.Equal(["=8", "region:eu=3", "region:us=4"], await GroupsAsync(["region"]));
        Assert.Equal(["=15"], await GroupsAsync([]));
        Assert.Equal(["host:a=8", "host:a,region:eu=1", "host:b,region:eu=2", "host:b,region:us=4"], await GroupsAsync(null));
    }

    [ContractFact]
    public async Task Query_Filtered_CountsOnlyWhatMatches()
    {
        await AppendRegionsAsync();

        Assert.Equal(["=3"], await GroupsAsync([], new TagFilter("region", TagMatch.Equal, "eu")));
        Assert.Equal(["=12"], await GroupsAsync([], new TagFilter("region", TagMatch.NotEqual, "eu")));
        Assert.Equal(["=7"], await GroupsAsync([], new TagFilter("region", TagMatch.Glob, "*")));
        Assert.Equal(["=7"], await GroupsAsync([], new TagFilter("region", TagMatch.Equal, "eu"), new TagFilter("region", TagMatch.Equal, "us")));
        Assert.Equal(["=2"], await GroupsAsync([], new TagFilter("region", TagMatch.Equal, "eu"), new TagFilter("host", TagMatch.Equal, "b")));
        Assert.Empty(await GroupsAsync([], new TagFilter("region", TagMatch.Equal, "mars")));
        MetricAnswer? nothing = await Grains.QueryAsync("regions", Query(T0, T0 + 60_000, 60_000, [], [new TagFilter("region", TagMatch.Equal, "mars")]), None);
        Assert.Equal((0, long.MinValue), (nothing!.SeriesMatched, nothing.NewestMs));
    }

    [ContractFact]
    public async Task Query_EachKind_CarriesWhatItsKindHas()
    {
        await AppendAllAsync(
            new Observed("k.counter", MetricKind.Counter, "", T0, 3), new Observed("k.counter", MetricKind.Counter, "", T0 + 1, 4),
            new Observed("k.total", MetricKind.CumulativeCounter, "", T0, 100), new Observed("k.total", MetricKind.CumulativeCounter, "", T0 + 1, 130), new Observed("k.total", MetricKind.CumulativeCounter, "", T0 + 2, 10),
            new Observed("k.dist", MetricKind.Distribution, "", T0, 50, Weight: 4),
            new Observed("k.set", MetricKind.Set, "", T0, BitConverter.UInt64BitsToDouble(StableHash.Of("alice"u8))), new Observed("k.set", MetricKind.Set, "", T0, BitConverter.UInt64BitsToDouble(StableHash.Of("bob"u8))));

        Assert.Equal(7, (await TotalAsync("k.counter")).Increase);
        Assert.Equal(40, (await TotalAsync("k.total")).Increase);
        Assert.Equal((4, 200), ((await TotalAsync("k.dist")).Count, (await TotalAsync("k.dist")).Sum));
        AggregatePoint distribution = await PointAsync("k.dist", SketchNeed.Yes), set = await PointAsync("k.set", SketchNeed.Yes);
        Assert.InRange(distribution.Sketch!.Quantile(0.5), 50 * 0.9945, 50 * 1.0055);
        Assert.Equal(2, Math.Round(set.Distinct!.Estimate()));
        Assert.Null((await PointAsync("k.dist", SketchNeed.None)).Sketch);
        Assert.Null((await PointAsync("k.set", SketchNeed.None)).Distinct);
    }

    [ContractFact]
    public async Task Query_AnswerChangedByTheCaller_ChangesNothingInTheGrain()
    {
        await AppendAllAsync(new Observed("own.dist", MetricKind.Distribution, "", T0, 50), new Observed("own.set", MetricKind.Set, "", T0, BitConverter.UInt64BitsToDouble(StableHash.Of("alice"u8))));
        AggregatePoint distribution = await PointAsync("own.dist", SketchNeed.Yes), set = await PointAsync("own.set", SketchNeed.Yes);
        distribution.Sketch!.Add(1e9, 1_000);
        distribution.Aggregate.Sum = 7;
        set.Distinct!.Add(1);

        Assert.InRange((await PointAsync("own.dist", SketchNeed.Yes)).Sketch!.Quantile(1), 49, 51);
        Assert.Equal(50, await SumAsync("own.dist"));
        Assert.Equal(1, Math.Round((await PointAsync("own.set", SketchNeed.Yes)).Distinct!.Estimate()));
    }

    [ContractFact]
    public async Task Describe_AMetric_CountsItsSeriesAndThoseRefused()
    {
        await AppendAsync([.. Enumerable.Range(0, MaxSeries + 50).Select(i => Observed.Counter("describe", $"app:x,user:{i}", T0 + i, 1))]);

        MetricSummary? summary = await Grains.DescribeAsync("describe", None);

        Assert.NotNull(summary);
        Assert.Equal(("describe", MetricKind.Counter, MaxSeries, 50L), (summary.Name, summary.Kind, summary.SeriesCount, summary.SeriesRefused));
        Assert.InRange(summary.SeriesTried, MaxSeries + 45, MaxSeries + 55);
        Assert.Equal("user", summary.TopTagKey);
        Assert.InRange(summary.TopTagValues, MaxSeries + 45, MaxSeries + 55);
        Assert.Equal(T0 + MaxSeries - 1, summary.LastSeenMs);
    }

    [ContractFact]
    public async Task Describe_Unit_IsTheFirstThatWasSent()
    {
        var batch = new SampleBatchBuilder();
        byte[] name = "unit"u8.ToArray();
        batch.Add(batch.AddSeries(name, MetricKind.Gauge, "ms"u8, TagSet.Empty.Canonical, SeriesId.Of(name, TagSet.Empty.Canonical)), T0, 1);
        await Grains.AppendAsync(batch.ToArray(), new BatchOrigin("node-1", 1), None);

        Assert.Equal("ms", (await Grains.DescribeAsync("unit", None))?.Unit);
        Assert.Equal("ms", (await Grains.QueryAsync("unit", Whole(), None))?.Unit);
        Assert.Equal("ms", Assert.Single(await Grains.ListAsync("unit", "", 5, None)).Unit);
    }

    [ContractFact]
    public async Task List_PageByPage_GivesEveryMetricOnceInOrdinalOrder()
    {
        string[] names = [.. Enumerable.Range(0, 250).Select(i => $"m{i * 7919 % 250}"), "M-upper", "grüße.総計", "z_last"];
        await AppendAllAsync([.. names.Select(n => Observed.Gauge(n, "", T0, 1))]);
        List<string> listed = [];
        IReadOnlyList<MetricSummary> page;
        do
        {
            page = await Grains.ListAsync("", listed.Count == 0 ? "" : listed[^1], 17, None);
            Assert.True(page.Count <= 17);
            listed.AddRange(page.Select(m => m.Name));
        }
        while (page.Count > 0);

        Assert.Equal(names.Order(StringComparer.Ordinal), listed);
        foreach (string name in names)
        {
            Assert.Equal(1, await SumAsync(name));
        }
    }

    [ContractFact]
    public async Task List_Containing_IgnoresLettersCase()
    {
        await AppendAllAsync(Observed.Gauge("Http.Requests", "", T0, 1), Observed.Gauge("http.errors", "", T0, 1), Observed.Gauge("disk", "", T0, 1));

        Assert.Equal(["Http.Requests", "http.errors"], (await Grains.ListAsync("HTTP", "", 10, None)).Select(m => m.Name));
        Assert.Equal(["http.errors"], (await Grains.ListAsync("http", "Http.Requests", 10, None)).Select(m => m.Name));
        Assert.Equal(["Http.Requests"], (await Grains.ListAsync("http", "", 1, None)).Select(m => m.Name));
    }

    [ContractFact]
    public async Task ListSeries_OfAMetric_AreOrderedByTagsUpToTheLimit()
    {
        await AppendAllAsync([.. Enumerable.Range(0, 30).Select(i => Observed.Gauge("series", $"host:h{i * 7 % 30:00}", T0 + i, 1))]);

        IReadOnlyList<ActiveSeries> all = await Grains.ListSeriesAsync("series", 100, None), some = await Grains.ListSeriesAsync("series", 4, None);

        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"host:h{i:00}"), all.Select(s => s.Tags.ToString()));
        Assert.Equal(all.Take(4).Select(s => s.Id), some.Select(s => s.Id));
        Assert.All(all, s => Assert.Equal(SeriesId.Of(Encoding.UTF8.GetBytes("series"), s.Tags.Canonical), s.Id));
        Assert.Equal(Enumerable.Range(0, 30).Select(i => T0 + i), all.Select(s => s.LastSeenMs).Order());
    }

    private Task AppendRegionsAsync() => AppendAllAsync(
        Observed.Counter("regions", "region:eu,host:a", T0, 1), Observed.Counter("regions", "region:eu,host:b", T0, 2),
        Observed.Counter("regions", "region:us,host:b", T0, 4), Observed.Counter("regions", "host:a", T0, 8));

    /// <summary>"tags=sum" of each group.</summary>
    private async Task<IReadOnlyList<string>> GroupsAsync(IReadOnlyList<string>? groupBy, params TagFilter[] filters)
    {
        MetricAnswer? answer = await Grains.QueryAsync("regions", Query(T0, T0 + 60_000, 60_000, groupBy, filters), None);
        return [.. answer!.Frame.Groups.Where(g => g.Points.Count > 0).Select(g => $"{g.Key}={g.Points.Single().Aggregate.Sum}")];
    }

    private async Task<AggregatePoint> PointAsync(string metric, SketchNeed sketch) => (await Grains.QueryAsync(metric, Whole(sketch), None))!.Frame.Groups.Single().Points.Single();
}
