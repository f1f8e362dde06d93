using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Dashboard.Exploring;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Tests;

public class ExploreStateTests
{
    private const long Now = 1_795_000_000_000;

    [Fact]
    public void ToQuery_EveryPartSet_ParsesToTheSameState()
    {
        var state = new ExploreState("shop.latency", [new("service", TagMatch.Equal, "a:b&c"), new("region", TagMatch.NotEqual, "eu"), new("pod", TagMatch.Glob, "web-*")],
            ["service", "region"], new Statistic(StatisticKind.Percentile, 0.95), TimeRange.Last(6 * 3_600_000L), 60_000, Live: false, Table: true);

        ExploreState parsed = ExploreState.Parse(state.ToQuery(), out IReadOnlyList<QueryProblem> problems);

        Assert.Empty(problems);
        Assert.Equal(state.ToQuery(), parsed.ToQuery());
        Assert.Equal(state.Filters, parsed.Filters);
        Assert.Equal(state.GroupBy, parsed.GroupBy);
        Assert.Equal(state with { Filters = parsed.Filters, GroupBy = parsed.GroupBy }, parsed);
    }

    [Fact]
    public void ToQuery_FixedRange_ParsesToTheSameTimesAndIsNotLive()
    {
        ExploreState state = ExploreState.Empty with { Metric = "m", Range = TimeRange.Between(Now, Now + 61_001) };
        ExploreState parsed = ExploreState.Parse(state.ToQuery(), out _);
        Assert.Equal(state.Range, parsed.Range);
        Assert.False(parsed.IsLive);
    }

    [Fact]
    public void Parse_AsDocumented_ReadsEveryForm()
    {
        ExploreState state = ExploreState.Parse("?metric=m&filter=k:v&filter=!k2:v&by=a,b&stat=p99&range=15m&res=auto&live=1", out var problems);
        Assert.Empty(problems);
        Assert.Equal(2, state.Filters.Count);
        Assert.Equal("p99", state.Statistic.ToString());
        Assert.Equal(TimeRange.Default, state.Range);
        Assert.True(state.IsLive);
    }

    [Theory]
    [InlineData("?range=soon", ExploreControl.Range)]
    [InlineData("?range=0m", ExploreControl.Range)]
    [InlineData("?from=2026-01-01T00:00:00Z", ExploreControl.Range)]
    [InlineData("?from=20&to=10", ExploreControl.Range)]
    [InlineData("?from=1&to=9223372036854775807", ExploreControl.Range)]
    [InlineData("?stat=median", ExploreControl.Statistic)]
    [InlineData("?res=7s", ExploreControl.Resolution)]
    [InlineData("?filter=region", ExploreControl.Filter)]
    [InlineData("?filter=!:x", ExploreControl.Filter)]
    public void Parse_BadPart_IsNamedAndTheRestHolds(string query, ExploreControl control)
    {
        ExploreState state = ExploreState.Parse(query + "&metric=m", out var problems);
        Assert.Equal(control, Assert.Single(problems).Control);
        Assert.Equal("m", state.Metric);
        Assert.Equal(TimeRange.Default, state.Range);
    }

    [Theory]
    [InlineData("5m", 10_000)]
    [InlineData("1h", 10_000)]
    [InlineData("6h", 60_000)]
    [InlineData("24h", 300_000)]
    [InlineData("7d", 3_600_000)]
    [InlineData("30d", 3_600_000)]
    public void Auto_Presets_FinestThatFits(string range, long step)
    {
        Assert.True(TimeRange.TryParseLength(range, out TimeRange parsed));
        (long from, long to) = parsed.Resolve(Now);
        Assert.Equal(step, StepChoice.Auto(from, to, Now));
    }

    [Fact]
    public void Auto_ReadOnlyNode_NotFinerThanMinutes() =>
        Assert.Equal([Resolution.OneMinute, Resolution.OneMinute, Resolution.FiveMinutes], ((long[])[Resolution.FiveMinutes, Resolution.OneHour, Resolution.OneDay]).Select(length => StepChoice.Auto(Now - length, Now, Now, Resolution.OneMinute)));

    [Fact]
    public void Auto_LongAgo_NotFinerThanWhatIsStored() =>
        Assert.Equal(Resolution.OneMinute, StepChoice.Auto(Now - Resolution.OneDay, Now - Resolution.OneDay + Resolution.FiveMinutes, Now));

    [Fact]
    public void Presets_LengthText_RoundTrips()
    {
        Assert.Equal(["5m", "15m", "1h", "6h", "24h", "7d", "30d"], TimeRange.Presets.Select(p => p.LengthText));
        Assert.All(TimeRange.Presets, p => Assert.True(TimeRange.TryParseLength(p.LengthText, out TimeRange again) && again == p));
    }

    [Theory]
    [InlineData(MetricKind.Gauge, "avg")]
    [InlineData(MetricKind.Counter, "rate")]
    [InlineData(MetricKind.CumulativeCounter, "rate")]
    [InlineData(MetricKind.Distribution, "p99")]
    [InlineData(MetricKind.Set, "uniq")]
    [InlineData(MetricKind.Histogram, "p99")]
    public void Default_Kind_IsOfferedFirstClass(MetricKind kind, string expected)
    {
        Assert.Equal(expected, FittingStatistics.Default(kind).ToString());
        Assert.Contains(FittingStatistics.Default(kind), FittingStatistics.Offered(kind));
        Assert.True(FittingStatistics.Fits(kind, FittingStatistics.Default(kind)));
    }

    [Fact]
    public void CurlCommand_QuotesAndEscapes_StaysOneShellWord()
    {
        var query = new MetricQuery("it's", 10_000, 20_000, 60_000, new Statistic(StatisticKind.Avg), [new("k", TagMatch.NotEqual, "a b")], ["k"]);
        Assert.Equal("curl -s 'http://x:1/metrics?name=it%27s&tags=%21k:a%20b&by=k&stat=avg&from=10000&to=20000&resolution=1m'", CurlCommand.For(query, "http://x:1/"));
    }
}
