using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Tests.Previews;

public sealed class RulePreviewsTests
{
    /// <summary>14:23:45 of a day.</summary>
    private static readonly long Now = new DateTimeOffset(2026, 4, 17, 14, 23, 45, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private static readonly long LastMinute = Resolution.Floor(Now, Resolution.OneMinute);

    private readonly FakeMemory _memory = new();
    private readonly FakeStore _store = new();
    private readonly RulePreviews _previews;
    private readonly MetricQueries _queries;

    public RulePreviewsTests()
    {
        _previews = new RulePreviews(_memory, _store, _store, new StandingTime(Now));
        _queries = new MetricQueries(_memory, _store, _store, new StandingTime(Now));
    }

    [Theory]
    [InlineData(MetricKind.Gauge, "avg", 5)]
    [InlineData(MetricKind.Gauge, "last", 60)]
    [InlineData(MetricKind.Counter, "rate", 1)]
    [InlineData(MetricKind.Counter, "increase", 30)]
    [InlineData(MetricKind.Distribution, "p99", 5)]
    [InlineData(MetricKind.Distribution, "max", 1440)]
    [InlineData(MetricKind.Set, "uniq", 15)]
    public async Task Preview_AtEachMinute_IsWhatAQueryAnswersForThatWindow(MetricKind kind, string statistic, int window)
    {
        Fill(kind, seed: window, hours: 4);
        AlertRule rule = Rule(statistic, window) with { GroupBy = ["h"] };

        RulePreview preview = await _previews.PreviewAsync(rule, Now - (3 * Resolution.OneHour), Now, default);

        Assert.Equal((LastMinute - (3 * Resolution.OneHour), LastMinute, 3), (preview.FromMs, preview.ToMs, preview.Groups.Count));
        int compared = 0;
        for (long at = preview.FromMs; at <= preview.ToMs; at += Resolution.OneMinute)
        {
            Dictionary<string, double> expected = await AskAsync(rule, at);
            foreach (PreviewGroup group in preview.Groups)
            {
                double? actual = group.Points.Where(p => p.AtMs == at).Select(p => (double?)p.Value).FirstOrDefault();
                Assert.Equal(expected.TryGetValue(group.Tags.ToString(), out double value) ? value : null, actual);
                compared += actual is null ? 0 : 1;
            }
        }
        Assert.True(compared > 100, $"only {compared} values were compared");
    }

    [Fact]
    public async Task Preview_Firings_AreThoseOfTheStateMachineFedWithLiveValues()
    {
        const int seed = 5;
        var random = new Random(seed);
        Fill(MetricKind.Gauge, seed, hours: 4);
        for (int round = 0; round < 25; round++)
        {
            AlertRule rule = Rule("avg", random.Next(1, 8)) with
            {
                GroupBy = ["h"],
                Condition = (AlertCondition)random.Next(1, 7),
                Threshold = random.Next(30, 70),
                RecoveryThreshold = random.Next(2) == 0 ? null : random.Next(20, 80),
                For = TimeSpan.FromMinutes(random.Next(4)),
                KeepFiringFor = TimeSpan.FromMinutes(random.Next(4)),
                NoData = (NoDataPolicy)random.Next(1, 4),
                NoDataAfter = TimeSpan.FromMinutes(random.Next(6)),
            };

            RulePreview preview = await _previews.PreviewAsync(rule, Now - (3 * Resolution.OneHour), Now, default);
            Dictionary<long, Dictionary<string, double>> live = [];
            for (long at = preview.FromMs; at <= preview.ToMs; at += Resolution.OneMinute)
            {
                live[at] = await AskAsync(rule, at);
            }

            foreach (PreviewGroup group in preview.Groups)
            {
                (long FromMs, long ToMs, bool Ongoing)[] expected = [.. Firings(rule, live, group.Tags.ToString(), preview)];
                Assert.True(expected.SequenceEqual(group.Firings.Select(f => (f.FromMs, f.ToMs, f.Ongoing))), $"seed {seed}, round {round}, {rule}");
            }
            Assert.Equal(preview.Groups.Sum(g => g.Firings.Count), preview.TotalFirings);
        }
    }

    [Fact]
    public async Task Preview_DeadMansSwitch_FiresWhileAGroupIsSilentForItsWindow()
    {
        long silent = LastMinute - Resolution.OneHour;
        InMemory(MetricKind.Counter, [
            .. Beats("h:a", LastMinute - (2 * Resolution.OneHour), LastMinute),
            .. Beats("h:b", LastMinute - (2 * Resolution.OneHour), silent),
            .. Beats("h:b", LastMinute - (20 * Resolution.OneMinute), LastMinute)]);
        AlertRule rule = Rule("count", 10) with { Type = AlertRuleType.DeadMan, GroupBy = ["h"] };

        RulePreview preview = await _previews.PreviewAsync(rule, Now - (90 * Resolution.OneMinute), Now, default);

        PreviewGroup b = Assert.Single(preview.Groups, g => g.Firings.Count > 0);
        // The last beat came 30 s before the minute at which they stop, so ten minutes of silence are seen a minute's start later.
        PreviewFiring firing = Assert.Single(b.Firings);
        Assert.Equal(("h:b", silent + (10 * Resolution.OneMinute), LastMinute - (19 * Resolution.OneMinute)), (b.Tags.ToString(), firing.FromMs, firing.ToMs));
        Assert.Equal(((40 * 60) + 30.0, 1, 1), (firing.Peak, b.Pages, preview.TotalPages));
    }

    [Fact]
    public async Task Preview_DeadMansSwitchOfASilentMetric_FiresFromTheStart()
    {
        _store.Metrics["m"] = (MetricKind.Counter, new Samples(MetricKind.Counter) { Points = { new Point(Now - (3 * Resolution.OneDay), 1) } });

        RulePreview preview = await _previews.PreviewAsync(Rule("count", 10) with { Type = AlertRuleType.DeadMan }, Now - Resolution.OneHour, Now, default);

        Assert.Equal((preview.FromMs, true), (preview.Groups[0].Firings[0].FromMs, preview.Groups[0].Firings[0].Ongoing));
    }

    [Fact]
    public async Task Preview_WeekAcrossTheSeam_ReadsMinutesOnceAndPieceByPiece()
    {
        Fill(MetricKind.Gauge, seed: 3, hours: 7 * 24);

        RulePreview preview = await _previews.PreviewAsync(Rule("avg", 5) with { GroupBy = ["h"] }, Now - (7 * Resolution.OneDay), Now, default);

        Assert.Equal(3, preview.TotalGroups);
        Assert.All(_store.Reads, r => Assert.Equal(StoredResolution.OneMinute, r.Resolution));
        Assert.All(_store.Reads.Zip(_store.Reads.Skip(1)), r => Assert.Equal(r.First.ToMs, r.Second.FromMs));
        Assert.Equal(preview.FromMs - Resolution.FiveMinutes, _store.Reads[0].FromMs);
    }

    [Fact]
    public async Task Preview_ThousandGroups_ShowsThoseThatFiredAndCountsAll()
    {
        InMemory(MetricKind.Gauge, [.. Enumerable.Range(0, 1_000).Select(i => new Point(LastMinute - 90_000, i, $"h:{i:0000}"))]);
        AlertRule rule = Rule("last", 5) with { GroupBy = ["h"], Condition = AlertCondition.Gte, Threshold = 900 };

        RulePreview preview = await _previews.PreviewAsync(rule, Now - Resolution.OneHour, Now, default);

        Assert.Equal((1_000, 200, 800, 100, 0), (preview.TotalGroups, preview.Groups.Count, preview.Truncated, preview.TotalFirings, preview.Uncounted));
        Assert.Equal(100, preview.Groups.TakeWhile(g => g.Firings.Count == 1).Count());
        // They began together, and so shared one message.
        Assert.Equal(1, preview.TotalPages);
    }

    [Fact]
    public async Task Preview_MoreGroupsThanWindowsFitInMemory_SaysHowManyAreNotCounted()
    {
        InMemory(MetricKind.Distribution, [.. Enumerable.Range(0, 200).Select(i => new Point(LastMinute - 90_000, i, $"h:{i:0000}"))]);

        RulePreview preview = await _previews.PreviewAsync(Rule("p99", 1_440) with { GroupBy = ["h"] }, Now - Resolution.OneHour, Now, default);

        Assert.Equal(200, preview.TotalGroups + preview.Uncounted);
        Assert.InRange(preview.Uncounted, 1, 199);
    }

    [Fact]
    public async Task Preview_UnknownMetric_SaysSo()
    {
        RulePreview preview = await _previews.PreviewAsync(Rule("avg", 5) with { MetricName = "not.yet" }, Now - Resolution.OneHour, Now, default);

        Assert.Contains("no metric named 'not.yet'", preview.Problem, StringComparison.Ordinal);
        Assert.Empty(preview.Groups);
    }

    [Fact]
    public async Task Preview_StatisticTheKindHasNot_SaysWhichItHas()
    {
        InMemory(MetricKind.Gauge, new Point(Now - 90_000, 1));

        RulePreview preview = await _previews.PreviewAsync(Rule("p99", 5), Now - Resolution.OneHour, Now, default);

        Assert.Contains("'p99' can't be made of 'm', a gauge; ask for one of: avg", preview.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 60, "window_minutes")]
    [InlineData(1_441, 60, "window_minutes")]
    [InlineData(5, 0, "from")]
    [InlineData(5, 9 * 24 * 60, "from")]
    public async Task Preview_OutOfBounds_NamesTheField(int window, int minutes, string field)
    {
        QueryException error = await Assert.ThrowsAsync<QueryException>(() => _previews.PreviewAsync(Rule("avg", window), Now - (minutes * Resolution.OneMinute), Now, default));

        Assert.Equal(field, error.Parameter);
    }

    [Fact]
    public async Task Preview_Cancelled_Ends()
    {
        Fill(MetricKind.Gauge, seed: 3, hours: 24);
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _previews.PreviewAsync(Rule("avg", 5), Now - Resolution.OneDay, Now, cancel.Token));
    }

    private static AlertRule Rule(string statistic, int window) => new()
    {
        Id = Guid.NewGuid(),
        Name = "r",
        MetricName = "m",
        Statistic = Statistic.TryParse(statistic, out Statistic s) ? s : throw new ArgumentException(statistic),
        WindowMinutes = window,
        Threshold = 50,
    };

    private static IEnumerable<Point> Beats(string tags, long fromMs, long toMs)
    {
        for (long at = fromMs; at < toMs; at += Resolution.OneMinute)
        {
            yield return new Point(at + 30_000, 1, tags);
        }
    }

    /// <summary>Three hosts with gaps of all lengths, the store with all, memory with the last hour.</summary>
    private void Fill(MetricKind kind, int seed, int hours)
    {
        var random = new Random(seed);
        var points = new List<Point>();
        foreach (string host in (string[])["h:a", "h:b", "h:c"])
        {
            for (long at = LastMinute - (hours * Resolution.OneHour); at < LastMinute; at += random.Next(5) == 0 ? random.Next(20) * Resolution.OneMinute : 20_000)
            {
                points.Add(new Point(at + random.Next(20_000), random.Next(100), host));
            }
        }
        long seam = Now - (65 * Resolution.OneMinute);
        InMemory(kind, [.. points.Where(p => p.UnixMs >= seam)], seam);
        _store.Metrics["m"] = (kind, new Samples(kind));
        _store.Metrics["m"].Samples.Points.AddRange(points);
    }

    private void InMemory(MetricKind kind, params Point[] points) => InMemory(kind, points, long.MinValue / 2);

    private void InMemory(MetricKind kind, Point[] points, long completeFromMs)
    {
        var samples = new Samples(kind);
        samples.Points.AddRange(points);
        _memory.Metrics["m"] = (kind, samples, completeFromMs);
    }

    /// <summary>The statistic over the window that ends at a time, by group, the way charts ask: one bucket where the window is one, else the minutes of it merged.</summary>
    private async Task<Dictionary<string, double>> AskAsync(AlertRule rule, long at)
    {
        long length = (long)rule.Window.TotalMilliseconds;
        if (at % length == 0 && Resolution.OneDay % length == 0)
        {
            QueryResult whole = await _queries.QueryAsync(new MetricQuery("m", at - length, at, length, rule.Statistic, rule.TagFilter, rule.GroupBy), default);
            return whole.Series.ToDictionary(s => $"h:{s.Tags[0].Value}", s => s.Points[0].Value);
        }
        var query = new AggregateQuery(at - length, at, Resolution.OneMinute, rule.TagFilter, rule.GroupBy, StatisticRules.SketchNeedOf(rule.Statistic));
        MergedAnswer answer = (await new MemoryAndStore(_memory, _store, _store).ReadAsync("m", query, default))!;
        return answer.Frame.Groups.ToDictionary(g => g.Key.ToString(), g =>
        {
            var merged = new AggregatePoint { BucketMs = at - length };
            foreach (AggregatePoint point in g.Points)
            {
                merged.Merge(point);
            }
            return StatisticRules.ValueOf(rule.Statistic, merged, length);
        });
    }

    private static List<(long FromMs, long ToMs, bool Ongoing)> Firings(AlertRule rule, Dictionary<long, Dictionary<string, double>> live, string tags, RulePreview preview)
    {
        var firings = new List<(long, long, bool)>();
        AlertState state = AlertState.New;
        for (long at = preview.FromMs; at <= preview.ToMs; at += Resolution.OneMinute)
        {
            AlertState next = AlertStep.Next(rule, state, live[at].TryGetValue(tags, out double value) ? Observation.Of(value) : Observation.NoData, muted: false, at);
            if (state.IsAlerting && !next.IsAlerting)
            {
                firings.Add((next.IncidentMs!.Value, at, false));
            }
            state = next;
        }
        if (state.IsAlerting)
        {
            firings.Add((state.IncidentMs!.Value, preview.ToMs, true));
        }
        return firings;
    }
}
