using MetricsGrains.Core.Model;
using MetricsGrains.Dashboard.Live;
using MetricsGrains.Dashboard.Overview;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Tests;

public class LiveTests
{
    private const long Now = 1_795_000_005_000;
    private const long Open = 1_795_000_000_000;

    [Fact]
    public async Task UpdateAsync_SecondTick_AsksForTheTailAndSendsOnlyWhatChanged()
    {
        var queries = new FakeQueries { Metrics = { ["m"] = MetricKind.Gauge } };
        queries.Set("m", "", Open - 10_000, 1);
        queries.Set("m", "", Open, 2);
        var feed = new ChartFeed(10);
        var live = new LiveQuery(queries, feed);
        await live.UpdateAsync(Question(Now), Now, default);
        byte[] first = Frame(feed);

        queries.Set("m", "", Open, 3);
        await live.UpdateAsync(Question(Now + 1000), Now + 1000, default);

        Assert.True(queries.Asked[1].FromMs > queries.Asked[0].FromMs);
        byte[] second = Frame(feed);
        // Time, section header, series header, one point.
        Assert.Equal(8 + 32 + 8 + 12, second.Length);
        Assert.True(first.Length > second.Length);
        Assert.False(feed.HasChanges);
    }

    [Fact]
    public async Task UpdateAsync_NothingChanged_SendsNothing()
    {
        var queries = new FakeQueries { Metrics = { ["m"] = MetricKind.Gauge } };
        queries.Set("m", "", Open, 2);
        var feed = new ChartFeed(10);
        var live = new LiveQuery(queries, feed);
        await live.UpdateAsync(Question(Now), Now, default);
        Frame(feed);
        await live.UpdateAsync(Question(Now + 1000), Now + 1000, default);
        Assert.False(feed.HasChanges);
    }

    [Fact]
    public async Task UpdateAsync_NewGroupInTail_ComesWithItsHistoryAtTheNextTick()
    {
        var queries = new FakeQueries { Metrics = { ["m"] = MetricKind.Gauge } };
        queries.Set("m", "a", Open, 2);
        var feed = new ChartFeed(10);
        var live = new LiveQuery(queries, feed);
        await live.UpdateAsync(Question(Now, "g"), Now, default);
        queries.Set("m", "b", Open - 60_000, 5);
        queries.Set("m", "b", Open, 6);
        await live.UpdateAsync(Question(Now + 1000, "g"), Now + 1000, default);
        await live.UpdateAsync(Question(Now + 2000, "g"), Now + 2000, default);
        Assert.Equal(["g:a", "g:b"], feed.Series.Select(s => s.Label));
        Assert.Equal(2, feed.Series[1].Count);
    }

    [Fact]
    public void Replace_MoreThanShown_KeepsTheGreatestAndSaysHowManyAreLeftOut()
    {
        var feed = new ChartFeed(2);
        QuerySeries[] series = [.. Enumerable.Range(0, 5).Select(i => new QuerySeries([new("g", i.ToString(System.Globalization.CultureInfo.InvariantCulture))], [new DataPoint(Open, i)]))];
        feed.Replace(new QueryResult(Question(Now, "g"), MetricKind.Gauge, "", series, new QueryMeta(0, 30_000, false, AnswerSource.Memory, 7)), Open - 60_000, Now);
        Assert.Equal(["g:3", "g:4"], feed.Series.Select(s => s.Label));
        Assert.Equal(10, feed.LeftOut);
    }

    [Fact]
    public async Task ForgetSent_AfterALostFrame_TellsEverythingAgain()
    {
        var queries = new FakeQueries { Metrics = { ["m"] = MetricKind.Gauge } };
        queries.Set("m", "", Open, 2);
        var feed = new ChartFeed(10);
        await new LiveQuery(queries, feed).UpdateAsync(Question(Now), Now, default);
        byte[] first = Frame(feed);
        feed.ForgetSent();
        Assert.Equal(first, Frame(feed));
    }

    [Fact]
    public async Task TileModel_Counter_IsARateOverTheLastWholeAndTheOpenBucket()
    {
        var queries = new FakeQueries { Metrics = { ["metricsgrains.ingest.received"] = MetricKind.Counter } };
        queries.Set("metricsgrains.ingest.received", "", Open - 10_000, 1000);
        queries.Set("metricsgrains.ingest.received", "", Open, 500);
        var tile = new TileModel(queries, TileSpec.All.Single(t => t.Id == "received"));
        Assert.True(await tile.UpdateAsync(Now, default));
        Assert.Equal("100/s", tile.Number);
    }

    /// <summary>On a read-only node whole minutes are all there is, and the newest of them is minutes old.</summary>
    [Fact]
    public async Task TileModel_OfAReadOnlyNode_IsTheLastWholeMinuteAndAsksSeldom()
    {
        long minute = Resolution.Floor(Now, Resolution.OneMinute) - (2 * Resolution.OneMinute);
        var queries = new FakeQueries { Metrics = { ["metricsgrains.ingest.received"] = MetricKind.Counter, ["metricsgrains.log.lag"] = MetricKind.Gauge } };
        queries.Set("metricsgrains.ingest.received", "", minute - Resolution.OneMinute, 6_000);
        queries.Set("metricsgrains.ingest.received", "", minute, 1_200);
        queries.Set("metricsgrains.log.lag", "", minute, 5);
        var received = new TileModel(queries, TileSpec.All.Single(t => t.Id == "received"), Cadence.Store);
        var lag = new TileModel(queries, TileSpec.All.Single(t => t.Id == "lag"), Cadence.Store);
        await received.UpdateAsync(Now, default);
        await received.UpdateAsync(Now + 1_000, default);
        await lag.UpdateAsync(Now, default);
        Assert.Equal(("20/s", "5 ms"), (received.Number, lag.Number));
        Assert.Equal([Resolution.OneMinute, Resolution.OneMinute], queries.Asked.Select(q => q.StepMs));
        // The next minute appears more than a minute after its start.
        queries.Set("metricsgrains.ingest.received", "", minute + Resolution.OneMinute, 2_400);
        await received.UpdateAsync(Now + 6_000, default);
        Assert.Equal("40/s", received.Number);
        Assert.True(queries.Asked[^1].FromMs <= minute + Resolution.OneMinute);
    }

    [Fact]
    public async Task TileModel_UnknownMetric_IsADashAndIsNotAskedForEverySecond()
    {
        var queries = new FakeQueries();
        var tile = new TileModel(queries, TileSpec.All.Single(t => t.Id == "memory"));
        await tile.UpdateAsync(Now, default);
        await tile.UpdateAsync(Now + 1000, default);
        Assert.Equal("–", tile.Number);
        Assert.Single(queries.Asked);
    }

    [Fact]
    public async Task TileModel_CounterThatNeverCounted_IsNothingASecond()
    {
        var tile = new TileModel(new FakeQueries(), TileSpec.All.Single(t => t.Id == "rejected"));
        await tile.UpdateAsync(Now, default);
        Assert.Equal("0/s", tile.Number);
    }

    [Fact]
    public async Task TileModel_NumberOfAnHourAgo_IsNotShownAsNow()
    {
        var queries = new FakeQueries { Metrics = { ["metricsgrains.log.lag"] = MetricKind.Gauge } };
        queries.Set("metricsgrains.log.lag", "", Open - 600_000, 5);
        var tile = new TileModel(queries, TileSpec.All.Single(t => t.Id == "lag"));
        await tile.UpdateAsync(Now, default);
        Assert.Equal("–", tile.Number);
    }

    [Fact]
    public async Task MetricListModel_Pages_GoForwardAndBack()
    {
        var queries = new FakeQueries();
        for (char c = 'a'; c <= 'e'; c++)
        {
            queries.Metrics[c.ToString()] = MetricKind.Gauge;
        }
        var list = new MetricListModel(queries, pageSize: 2);
        await list.RefreshAsync(Now, default);
        await list.NextAsync(Now, default);
        await list.NextAsync(Now, default);
        Assert.Equal(["e"], list.Rows.Select(r => r.Info.Name));
        Assert.False(list.HasNext);
        await list.PreviousAsync(Now, default);
        Assert.Equal(["c", "d"], list.Rows.Select(r => r.Info.Name));
        await list.SearchAsync("b", Now, default);
        Assert.Equal((1, false), (list.PageNumber, list.HasPrevious));
        Assert.Equal(["b"], list.Rows.Select(r => r.Info.Name));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(20)]
    public async Task MetricDirectory_OwnMetricsAmongOthers_ComeLastOnPagesOfAnySize(int pageSize)
    {
        var queries = new FakeQueries();
        string[] expected = ["a", "dotnet", "http.requests", "shop.orders", "zoo", "dotnet.a", "dotnet.b", "dotnet.c", "kestrel.x", "metricsgrains.y"];
        foreach (string name in expected)
        {
            queries.Metrics[name] = MetricKind.Gauge;
        }
        var directory = new MetricDirectory(queries);
        var seen = new List<string>();
        string? after = null;
        do
        {
            Page<MetricInfo> page = await directory.ListAsync("", after, pageSize, default);
            seen.AddRange(page.Items.Select(m => m.Name));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(expected, seen);
    }

    [Fact]
    public async Task OwnMetrics_OnlyTheNodesOwn_TillAnotherComes()
    {
        var queries = new FakeQueries { Metrics = { ["metricsgrains.queue.bytes"] = MetricKind.Gauge, ["dotnet.gc.collections"] = MetricKind.Counter } };
        Assert.True(await OwnMetrics.AreAllAsync(queries, default));
        queries.Metrics["shop.orders"] = MetricKind.Counter;
        Assert.False(await OwnMetrics.AreAllAsync(queries, default));
    }

    private static MetricQuery Question(long now, params string[] by) => new("m", now - 300_000, now, 10_000, new Statistic(StatisticKind.Avg), [], by);

    private static byte[] Frame(ChartFeed feed)
    {
        var frame = new FrameWriter(Now);
        feed.WriteTo(frame, 1);
        return frame.ToArray();
    }
}
