using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Tests;

public sealed class AlertObserverTests
{
    /// <summary>Ten seconds after midnight, so that windows cross it.</summary>
    private const long Now = (20_000 * Resolution.OneDay) + 10_000;

    private readonly FakeMemory _memory = new();
    private readonly FakeStore _store = new();

    [Fact]
    public async Task Observe_WindowInMemory_AsksNoStore()
    {
        Samples samples = Known(MetricKind.Gauge, completeFromMs: Now - Resolution.OneHour);
        samples.Points.Add(new Point(Now - 200_000, 4, "host:a"));
        samples.Points.Add(new Point(Now - 5_000, 8, "host:a"));
        samples.Points.Add(new Point(Now - 301_000, 100, "host:a"));
        samples.Points.Add(new Point(Now - 60_000, 3, "host:b"));

        ObservedValues seen = await ObserveAsync(Rule() with { GroupBy = ["host"] }, 300_000);

        Assert.Equal([("host:a", 6.0, Now - 5_000), ("host:b", 3.0, Now - 60_000)], seen.Groups.Select(g => (g.Tags.ToString(), g.Value, g.LastSampleMs!.Value)));
        Assert.Empty(_store.Reads);
    }

    [Theory]
    [InlineData("max", 8)]
    [InlineData("sum", 12)]
    [InlineData("count", 2)]
    [InlineData("rate", 12 / 300.0)]
    [InlineData("p100", 8)]
    public async Task Observe_EachStatistic_IsOfTheWholeWindowAcrossMidnight(string statistic, double expected)
    {
        Samples samples = Known(statistic == "p100" ? MetricKind.Distribution : MetricKind.Counter, completeFromMs: Now - Resolution.OneHour);
        samples.Points.Add(new Point(Now - 200_000, 4));
        samples.Points.Add(new Point(Now - 5_000, 8));
        Assert.True(Statistic.TryParse(statistic, out Statistic parsed));

        ObservedValues seen = await ObserveAsync(Rule() with { Statistic = parsed }, 300_000);

        Assert.Equal(expected, Assert.Single(seen.Groups).Value, expected * 0.006);
    }

    [Fact]
    public async Task Observe_WindowLongerThanMemory_ReadsWholeMinutesOfTheStore()
    {
        Samples samples = Known(MetricKind.Gauge, completeFromMs: Now - Resolution.OneHour);
        samples.Points.Add(new Point(Now - 5_000, 8));
        var stored = new Samples(MetricKind.Gauge);
        stored.Points.Add(new Point(Now - (190 * Resolution.OneMinute), 4));
        _store.Metrics["m"] = (MetricKind.Gauge, stored);

        ObservedValues seen = await ObserveAsync(Rule() with { Statistic = new Statistic(StatisticKind.Sum) }, 4 * Resolution.OneHour);

        Assert.Equal(12, Assert.Single(seen.Groups).Value);
        Assert.All(_store.Reads, r => Assert.NotNull(r.Resolution));
        Assert.Contains(_store.Reads, r => r.Resolution == StoredResolution.OneHour);
    }

    [Fact]
    public async Task Observe_UnknownMetric_SaysSo() =>
        Assert.False((await ObserveAsync(Rule(), 300_000)).MetricKnown);

    [Fact]
    public async Task Observe_StatisticTheKindHasNot_SaysWhichItHas()
    {
        Known(MetricKind.Gauge, Now - Resolution.OneHour).Points.Add(new Point(Now - 5_000, 8));
        AlertObservationException error = await Assert.ThrowsAsync<AlertObservationException>(() => ObserveAsync(Rule() with { Statistic = new Statistic(StatisticKind.Rate) }, 300_000));
        Assert.Contains("avg", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Observe_StoreFails_IsAnErrorAndNoAnswer()
    {
        Known(MetricKind.Gauge, completeFromMs: Now - Resolution.OneMinute).Points.Add(new Point(Now - 5_000, 8));
        _store.Failure = new StoreUnavailableException("gone");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => ObserveAsync(Rule(), 300_000));
    }

    [Fact]
    public async Task Observe_DeadMansSwitch_CountsSamplesOfAnyKind()
    {
        Known(MetricKind.Set, Now - Resolution.OneHour).Points.Add(new Point(Now - 7_000, 8, "host:a"));
        ObservedValues seen = await ObserveAsync(Rule() with { Type = AlertRuleType.DeadMan, GroupBy = ["host"] }, 300_000);
        Assert.Equal((1.0, Now - 7_000), (seen.Groups[0].Value, seen.Groups[0].LastSampleMs!.Value));
    }

    [Fact]
    public async Task Recent_OneGroup_GivesItsMinutesOldestFirst()
    {
        Samples samples = Known(MetricKind.Gauge, completeFromMs: Now - Resolution.OneHour);
        samples.Points.Add(new Point(Now - 130_000, 1, "host:a,env:prod"));
        samples.Points.Add(new Point(Now - 70_000, 2, "host:a,env:prod"));
        samples.Points.Add(new Point(Now - 70_000, 50, "host:b,env:prod"));
        samples.Points.Add(new Point(Now - 70_000, 90, "host:a,env:dev"));
        AlertRule rule = Rule() with { GroupBy = ["host"], TagFilter = [new TagFilter("env", TagMatch.Equal, "prod")] };
        Assert.Equal([1, 2], await Observer().RecentAsync(rule, Samples.Tags("host:a"), Now, CancellationToken.None));
    }

    [Fact]
    public async Task Recent_GroupThatLacksItsTag_IsNotMixedWithTheOthers()
    {
        Samples samples = Known(MetricKind.Gauge, completeFromMs: Now - Resolution.OneHour);
        samples.Points.Add(new Point(Now - 70_000, 2));
        samples.Points.Add(new Point(Now - 70_000, 50, "host:b"));
        Assert.Equal([2], await Observer().RecentAsync(Rule() with { GroupBy = ["host"] }, TagSet.Empty, Now, CancellationToken.None));
    }

    [Fact]
    public async Task Recent_DeadMansSwitch_ShowsTheTimeBeforeTheSilenceAndTheSilence()
    {
        Samples samples = Known(MetricKind.Set, completeFromMs: Now - Resolution.OneHour);
        long silentFrom = Now - 10_000 - (29 * Resolution.OneMinute);
        samples.Points.Add(new Point(silentFrom - 100_000, 2));
        samples.Points.Add(new Point(silentFrom - 99_000, 3));
        samples.Points.Add(new Point(silentFrom - 1_000, 3));
        AlertRule rule = Rule() with { Type = AlertRuleType.DeadMan, WindowMinutes = 29 };
        Assert.Equal([2, 1, .. Enumerable.Repeat(0.0, 30)], await Observer().RecentAsync(rule, TagSet.Empty, Now, CancellationToken.None));
    }

    [Fact]
    public async Task Recent_DeadMansSwitchOfADay_HasNoMorePointsThanAPictureShows()
    {
        var stored = new Samples(MetricKind.Counter);
        _store.Metrics["m"] = (MetricKind.Counter, stored);
        stored.Points.Add(new Point(Now - (1_460 * Resolution.OneMinute), 7));
        IReadOnlyList<double> recent = await Observer().RecentAsync(Rule() with { Type = AlertRuleType.DeadMan, WindowMinutes = 1_440 }, TagSet.Empty, Now, CancellationToken.None);
        Assert.InRange(recent.Count, 30, 62);
        Assert.Equal((1.0, 0.0), (recent[0], recent[^1]));
    }

    [Fact]
    public async Task Recent_StoreFails_ShowsWhatMemoryHas()
    {
        Known(MetricKind.Gauge, completeFromMs: Now - Resolution.OneMinute).Points.Add(new Point(Now - 5_000, 8));
        _store.Failure = new StoreUnavailableException("gone");
        Assert.Equal([8], await Observer().RecentAsync(Rule(), TagSet.Empty, Now, CancellationToken.None));
    }

    private AlertObserver Observer() => new(_memory, _store, _store, new StorePatience("the store", TimeProvider.System));

    private static AlertRule Rule() => new() { Id = Guid.NewGuid(), Name = "r", MetricName = "m" };

    private Samples Known(MetricKind kind, long completeFromMs)
    {
        var samples = new Samples(kind);
        _memory.Metrics["m"] = (kind, samples, completeFromMs);
        return samples;
    }

    private Task<ObservedValues> ObserveAsync(AlertRule rule, long lengthMs) =>
        Observer().ObserveAsync(rule, Now - lengthMs, Now, CancellationToken.None);
}
