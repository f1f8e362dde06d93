using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Tests;

public sealed class MetricQueriesTests
{
    /// <summary>14:23:45 of a day.</summary>
    private static readonly long Now = new DateTimeOffset(2026, 4, 17, 14, 23, 45, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly FakeMemory _memory = new();
    private readonly FakeStore _store = new();
    private readonly MetricQueries _queries;

    public MetricQueriesTests() => _queries = new MetricQueries(_memory, _store, _store, new StandingTime(Now));

    [Fact]
    public async Task Query_RangeThatMemoryKnows_DoesNotAskTheStore()
    {
        InMemory("m", MetricKind.Gauge, Now - (65 * Resolution.OneMinute), new Point(Now - 20_000, 4));
        _store.Failure = new StoreUnavailableException("down");

        QueryResult result = await _queries.QueryAsync(Ask("m", Now - Resolution.OneHour, Now, Resolution.OneMinute), default);

        Assert.Equal(AnswerSource.Memory, result.Meta.Source);
        Assert.Equal([4.0], Values(result));
        Assert.Empty(_store.Reads);
        // Nor does what goes with it.
        Assert.Equal(MetricKind.Gauge, await _queries.KindOfAsync("m", default));
        Assert.Equal((MetricKind.Gauge, true), ((await _queries.DescribeAsync("m", default)).Kind, (await _queries.DescribeAsync("m", default)).Active));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _queries.DescribeAsync("other", default));
    }

    [Fact]
    public async Task Query_RangeAcrossTheSeam_CountsEverySampleOnce()
    {
        const int seed = 17;
        var random = new Random(seed);
        for (int round = 0; round < 300; round++)
        {
            // What memory has begins anywhere before the open minute; the store has all closed minutes, so most of what memory has too.
            long completeFrom = Now - Resolution.FiveMinutes - random.NextInt64(70 * Resolution.OneMinute), closed = Resolution.Floor(Now - 5_000, Resolution.OneMinute);
            Point[] all = [.. Enumerable.Range(0, 300).Select(_ => new Point(Now - random.NextInt64(3 * Resolution.OneDay / (1 << random.Next(8))), 1, $"h:{random.Next(3)}"))];
            InMemory("m", MetricKind.Counter, completeFrom, [.. all.Where(p => p.UnixMs >= completeFrom)]);
            InStore("m", MetricKind.Counter, [.. all.Where(p => p.UnixMs < closed)]);
            long step = ((long[])[Resolution.TenSeconds, Resolution.OneMinute, Resolution.FiveMinutes, Resolution.OneHour, Resolution.OneDay, 20 * Resolution.OneMinute])[random.Next(6)];
            long from = Now - random.NextInt64(Math.Min(3 * Resolution.OneDay, step * 10_000)), to = random.Next(3) == 0 ? Now : from + random.NextInt64(1, Now - from + 1);

            QueryResult result = await _queries.QueryAsync(Ask("m", from, to, step, StatisticKind.Count), default);

            var expected = all.Where(p => p.UnixMs >= Resolution.Floor(from, step) && p.UnixMs < Resolution.Ceiling(to, step)).GroupBy(p => Resolution.Floor(p.UnixMs, step)).OrderBy(g => g.Key).Select(g => (g.Key, (double)g.Count()));
            Assert.True(expected.SequenceEqual(result.Series.SelectMany(s => s.Points).Select(p => (p.BucketMs, p.Value))), $"seed {seed}, round {round}, step {step}, {from}…{to}, complete from {completeFrom}");
        }
    }

    [Fact]
    public async Task Query_OnlyTheStoreKnowsIt_AnswersFromThere()
    {
        InStore("old", MetricKind.Gauge, new Point(Now - Resolution.OneDay, 3));

        QueryResult result = await _queries.QueryAsync(Ask("old", Now - (2 * Resolution.OneDay), Now, Resolution.OneHour), default);

        Assert.Equal((AnswerSource.Store, true, Resolution.OneDay), (result.Meta.Source, result.Meta.IsStale, result.Meta.FreshnessMs));
        Assert.Equal([3.0], Values(result));
    }

    [Fact]
    public async Task Query_MonthByTheHour_ReadsHoursThenMinutesUpToTheSeam()
    {
        InMemory("m", MetricKind.Gauge, Now - Resolution.OneHour, new Point(Now, 1));
        InStore("m", MetricKind.Gauge, new Point(Now - Resolution.OneDay, 1));

        await _queries.QueryAsync(Ask("m", Now - (30 * Resolution.OneDay), Now, Resolution.OneHour), default);

        long hour = Resolution.Floor(Now, Resolution.OneHour) - Resolution.OneHour, seam = Resolution.Ceiling(Now - Resolution.OneHour, Resolution.OneMinute);
        Assert.Equal([(hour - (30 * Resolution.OneDay) + Resolution.OneHour, hour, StoredResolution.OneHour), (hour, seam, StoredResolution.OneMinute)], _store.Reads.Select(r => (r.FromMs, r.ToMs, r.Resolution!.Value)));
    }

    [Fact]
    public async Task Query_TenSecondsBeforeTheSeam_ReadsRawSamples()
    {
        InStore("m", MetricKind.Gauge, new Point(Now - Resolution.OneDay, 5));

        QueryResult result = await _queries.QueryAsync(Ask("m", Now - Resolution.OneDay - Resolution.OneHour, Now - Resolution.OneDay + Resolution.OneHour, Resolution.TenSeconds), default);

        Assert.Equal([5.0], Values(result));
        Assert.All(_store.Reads, r => Assert.Null(r.Resolution));
    }

    [Fact]
    public async Task Query_Grouped_NamesAbsentTagsEmpty()
    {
        InMemory("m", MetricKind.Gauge, long.MinValue, new Point(Now, 1, "region:eu,host:a"), new Point(Now, 2, "host:a"));

        QueryResult result = await _queries.QueryAsync(Ask("m", Now - Resolution.OneMinute, Now + 1, Resolution.OneMinute, StatisticKind.Sum, "region", "nothing"), default);

        Assert.Equal([("region=;nothing=", 2.0), ("region=eu;nothing=", 1.0)], result.Series.Select(s => (string.Join(';', s.Tags.Select(t => $"{t.Key}={t.Value}")), s.Points.Single().Value)));
    }

    [Fact]
    public async Task Query_MoreGroupsThanAnAnswerMayHave_SaysHowManyAreLeftOut()
    {
        InMemory("m", MetricKind.Gauge, long.MinValue, [.. Enumerable.Range(0, 1_234).Select(i => new Point(Now, 1, $"h:{i}"))]);

        QueryResult result = await _queries.QueryAsync(Ask("m", Now - Resolution.OneMinute, Now + 1, Resolution.OneMinute, StatisticKind.Sum, "h"), default);

        Assert.Equal((MetricQueries.MaxGroups, 234), (result.Series.Count, result.Meta.Truncated));
    }

    [Theory]
    [InlineData(29_000, false)]
    [InlineData(30_000, false)]
    [InlineData(31_000, true)]
    public async Task Query_Freshness_IsTheAgeOfTheNewestSample(long age, bool stale)
    {
        InMemory("m", MetricKind.Gauge, long.MinValue, new Point(Now - age, 1));

        QueryMeta meta = (await _queries.QueryAsync(Ask("m", Now - Resolution.OneHour, Now, Resolution.OneMinute), default)).Meta;

        Assert.Equal((age, MetricQueries.StaleThresholdMs, stale), (meta.FreshnessMs, meta.StaleThresholdMs, meta.IsStale));
    }

    /// <summary>What the store heard of a minute that is not over yet makes no answer fresher.</summary>
    [Fact]
    public async Task Query_StoreAlone_FreshnessIsTheAgeOfTheNewestRow()
    {
        _store.SeenLaterMs = 40_000;
        InStore("m", MetricKind.Gauge, new Point(Now - Resolution.OneHour, 1), new Point(Now - 50_000, 1));
        var queries = new MetricQueries(_memory, _store, _store, new StandingTime(Now), staleMs: 45_000);

        QueryMeta now = (await queries.QueryAsync(Ask("m", Now - Resolution.OneHour, Now, Resolution.OneMinute), default)).Meta;
        QueryMeta past = (await queries.QueryAsync(Ask("m", Now - (2 * Resolution.OneHour), Now - Resolution.OneHour, Resolution.OneMinute), default)).Meta;

        Assert.Equal((AnswerSource.Store, 50_000L, 45_000L, true), (now.Source, now.FreshnessMs, now.StaleThresholdMs, now.IsStale));
        // Of a range that is over it can't be told from the answer.
        Assert.Equal((10_000L, false), (past.FreshnessMs, past.IsStale));
    }

    [Fact]
    public async Task Query_UnknownMetric_Throws()
    {
        Assert.Equal("no", (await Assert.ThrowsAsync<UnknownMetricException>(() => _queries.QueryAsync(Ask("no", Now - Resolution.OneHour, Now, Resolution.OneMinute), default))).Metric);
        await Assert.ThrowsAsync<UnknownMetricException>(() => _queries.DescribeAsync("no", default));
        await Assert.ThrowsAsync<UnknownMetricException>(() => _queries.TagKeysAsync("no", default));
        await Assert.ThrowsAsync<UnknownMetricException>(() => _queries.TagValuesAsync("no", "k", "", null, 10, default));
    }

    [Theory]
    [InlineData("", 0, 60_000, 60_000, "name")]
    [InlineData("m", 60_000, 60_000, 60_000, "from")]
    [InlineData("m", 60_001, 60_000, 60_000, "from")]
    [InlineData("m", 0, 60_000, 0, "resolution")]
    [InlineData("m", 0, 60_000, -60_000, "resolution")]
    [InlineData("m", 0, 60_000, 5_000, "resolution")]
    [InlineData("m", 0, 60_000, 15_000, "resolution")]
    [InlineData("m", 0, 60_000, 70_000, "resolution")]
    [InlineData("m", 0, 60_000, 172_800_000, "resolution")]
    [InlineData("m", 0, 110_000_000, 10_000, "resolution")]
    public async Task Query_BadParameter_IsNamed(string metric, long from, long to, long step, string parameter) =>
        Assert.Equal(parameter, (await Assert.ThrowsAsync<QueryException>(() => _queries.QueryAsync(Ask(metric, from, to, step), default))).Parameter);

    [Fact]
    public async Task Query_StatisticThatTheKindHasNot_NamesThoseItHas()
    {
        InMemory("m", MetricKind.Gauge, long.MinValue, new Point(Now, 1));

        QueryException error = await Assert.ThrowsAsync<QueryException>(() => _queries.QueryAsync(Ask("m", Now - 60_000, Now, 60_000, StatisticKind.Rate), default));

        Assert.Equal("stat", error.Parameter);
        Assert.EndsWith("ask for one of: avg, min, max, sum, count, last", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListMetrics_FromBothSources_PagesThroughTheirUnion()
    {
        foreach (int i in Enumerable.Range(0, 40))
        {
            if (i % 3 != 0)
            {
                InMemory($"m{i:00}", MetricKind.Gauge, long.MinValue, new Point(Now, 1));
            }
            if (i % 2 == 0)
            {
                InStore($"m{i:00}", MetricKind.Gauge, new Point(Now - 1_000, 1, "a:1"), new Point(Now - 1_000, 1, "a:2"));
            }
        }
        List<MetricInfo> listed = [];
        string? after = null;
        do
        {
            Page<MetricInfo> page = await _queries.ListMetricsAsync("M", after, 7, default);
            Assert.True(page.Items.Count == 7 || page.Next is null);
            listed.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(Enumerable.Range(0, 40).Where(i => i % 3 != 0 || i % 2 == 0).Select(i => $"m{i:00}"), listed.Select(m => m.Name));
        Assert.Equal((2L, Now, true), (listed.First(m => m.Name == "m02").SeriesCount, listed.First(m => m.Name == "m02").LastSeenMs, listed.First(m => m.Name == "m02").Active));
        Assert.False(listed.First(m => m.Name == "m00").Active);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public async Task Lists_LimitOutOfRange_IsNamed(int limit)
    {
        Assert.Equal("limit", (await Assert.ThrowsAsync<QueryException>(() => _queries.ListMetricsAsync("", null, limit, default))).Parameter);
        Assert.Equal("limit", (await Assert.ThrowsAsync<QueryException>(() => _queries.TagValuesAsync("m", "k", "", null, limit, default))).Parameter);
    }

    [Fact]
    public async Task Tags_FromBothSources_AreCountedOnce()
    {
        InMemory("m", MetricKind.Gauge, long.MinValue, new Point(Now, 1, "host:a,region:eu"), new Point(Now, 1, "host:b,region:eu"));
        InStore("m", MetricKind.Gauge, new Point(Now, 1, "host:b,region:eu"), new Point(Now, 1, "host:Abc"));

        Assert.Equal([new("host", 3), new("region", 1)], await _queries.TagKeysAsync("m", default));
        Page<string> first = await _queries.TagValuesAsync("m", "host", "", null, 2, default);
        Page<string> rest = await _queries.TagValuesAsync("m", "host", "", first.Next, 2, default);
        Assert.Equal(["Abc", "a"], first.Items);
        Assert.Equal(["b"], rest.Items);
        Assert.Null(rest.Next);
        Assert.Equal(["Abc", "a"], (await _queries.TagValuesAsync("m", "host", "A", null, 10, default)).Items);
        Assert.Empty((await _queries.TagValuesAsync("m", "absent", "", null, 10, default)).Items);
    }

    private static IEnumerable<double> Values(QueryResult result) => result.Series.SelectMany(s => s.Points).Select(p => p.Value);

    private static MetricQuery Ask(string metric, long from, long to, long step, StatisticKind statistic = StatisticKind.Avg, params string[] groupBy) => new(metric, from, to, step, new Statistic(statistic), [], groupBy);

    private void InMemory(string metric, MetricKind kind, long completeFromMs, params Point[] points)
    {
        var samples = new Samples(kind);
        samples.Points.AddRange(points);
        _memory.Metrics[metric] = (kind, samples, completeFromMs);
    }

    private void InStore(string metric, MetricKind kind, params Point[] points)
    {
        var samples = new Samples(kind);
        samples.Points.AddRange(points);
        _store.Metrics[metric] = (kind, samples);
    }
}
