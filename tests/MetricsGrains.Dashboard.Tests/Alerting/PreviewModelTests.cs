using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Dashboard.Alerting;
using MetricsGrains.Testbed;

namespace MetricsGrains.Dashboard.Tests.Alerting;

public sealed class PreviewModelTests : IDisposable
{
    private readonly FakePreviews _previews = new();
    private readonly ManualClock _clock = Sample.Clock();
    private readonly PreviewModel _model;

    public PreviewModelTests() => _model = new PreviewModel(_previews, _clock);

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task AskAsync_ManyEditsInAMoment_AsksOnceForTheLast()
    {
        Task[] typing = [_model.AskAsync(Sample.Rule("a") with { Threshold = 1 }), _model.AskAsync(Sample.Rule("a") with { Threshold = 12 }), _model.AskAsync(Sample.Rule("a") with { Threshold = 120 })];
        Assert.Empty(_previews.Asked);
        Assert.True(_model.IsRunning);
        _clock.Advance(PreviewModel.Debounce);
        await Task.WhenAll(typing);
        Assert.Equal(120, Assert.Single(_previews.Asked).Threshold);
        Assert.False(_model.IsRunning);
    }

    [Fact]
    public async Task AskAsync_LateAnswerToAnOlderQuestion_IsNotShown()
    {
        _previews.Series.Add(Sample.Series(null, 300, 300, 300));
        _previews.Gate = new TaskCompletionSource();
        Task older = AskAsync(Sample.Rule("a"));
        _previews.Gate = null;
        await AskAsync(Sample.Rule("a") with { Threshold = 1000 });
        await older;
        Assert.Equal(0, _model.Preview!.TotalFirings);
    }

    [Fact]
    public async Task AskAsync_GroupsThatFire_HaveTheirBarsAndCounts()
    {
        _previews.Series.Add(Sample.Series("eu", 300, 100, 300, 300, 100));
        _previews.Series.Add(Sample.Series("us", 100, 100, 100, 100, 100));
        await AskAsync(Sample.Rule("a") with { GroupBy = ["region"] });
        FiringStrip strip = Assert.Single(_model.Strips);
        Assert.Equal(("region:eu", 2, 300d), (strip.Label, strip.Firings.Count, strip.Peak));
        Assert.Equal(2, strip.Path.Count(c => c == 'Z'));
        Assert.Equal(2, _model.Feed.Series.Count);
        Assert.True(_model.Feed.HasChanges);
    }

    [Fact]
    public async Task AskAsync_StoreThatIsAway_SaysSoAndAsksAgain()
    {
        _previews.Failure = new StoreUnavailableException("the store does not answer");
        await AskAsync(Sample.Rule("a"));
        Assert.Equal("the store does not answer", _model.Problem);
        _previews.Failure = null;
        _clock.Advance(TimeSpan.FromSeconds(10));
        await _model.TickAsync(_clock.NowMs);
        Assert.Equal("", _model.Problem);
    }

    [Fact]
    public async Task TickAsync_NotYetTime_AsksNothing()
    {
        await AskAsync(Sample.Rule("a"));
        _clock.Advance(TimeSpan.FromSeconds(9));
        await _model.TickAsync(_clock.NowMs);
        Assert.Single(_previews.Asked);
    }

    [Fact]
    public async Task TickAsync_OneMinuteOn_SendsTheNewPointOnly()
    {
        _previews.Series.Add(Sample.Series(null, [.. Enumerable.Repeat(100d, 60)]));
        await AskAsync(Sample.Rule("a"));
        byte[] all = Frame();
        _clock.Advance(TimeSpan.FromMinutes(1));
        PreviewSeries longer = _previews.Series[0] with { Points = [.. _previews.Series[0].Points, new PreviewPoint(Sample.Now + 60_000, 101)] };
        _previews.Series[0] = longer;
        await _model.TickAsync(_clock.NowMs);
        byte[] news = Frame();
        // Time, section header, series header, one point.
        Assert.Equal(8 + 32 + 8 + 12, news.Length);
        Assert.True(all.Length > 500);
    }

    [Fact]
    public async Task ShowRangeAsync_Week_DrawsTheWorstOfEachQuarterHour()
    {
        _previews.Series.Add(Sample.Series(null, [.. Enumerable.Range(0, 7 * 1440).Select(i => i % 60 == 7 ? 999d : 100d)]));
        await AskAsync(Sample.Rule("a"));
        await _model.ShowRangeAsync(TimeSpan.FromDays(7));
        Assert.Equal(15 * 60_000, _model.Feed.StepMs);
        Assert.InRange(_model.Feed.Series[0].Count, 600, 750);
        Assert.Equal(7 * 24, Enumerable.Range(0, 700).Count(i => _model.Feed.Series[0].TryGet(_model.Feed.FromMs + i * _model.Feed.StepMs, out double v) && v == 999));
    }

    [Fact]
    public async Task AskAsync_Null_ShowsNothing()
    {
        _previews.Series.Add(Sample.Series(null, 300, 300));
        await AskAsync(Sample.Rule("a"));
        await _model.AskAsync(null);
        Assert.Null(_model.Preview);
        Assert.Empty(_model.Strips);
        Assert.Empty(_model.Feed.Series);
    }

    [Fact]
    public void FiringStrip_BarsThatTouchOnTheScreen_AreOne()
    {
        PreviewFiring[] flapping = [.. Enumerable.Range(0, 5000).Select(i => new PreviewFiring(i * 100L, i * 100L + 50, 1, false, false))];
        var strip = FiringStrip.Of(new PreviewGroup(Core.Model.TagSet.Empty, [], flapping, 1), AlertCondition.Gt, 0, 500_000);
        Assert.Equal(1, strip.Path.Count(c => c == 'M'));
        Assert.Equal(5000, strip.Firings.Count);
    }

    [Fact]
    public void FiringStrip_MomentInAWeek_IsStillSeen()
    {
        var strip = FiringStrip.Of(new PreviewGroup(Core.Model.TagSet.Empty, [], [new PreviewFiring(604_799_000, 604_800_000, 3, false, true)], 1), AlertCondition.Lt, 0, 604_800_000);
        Assert.Equal("M997 0H1000V10H997Z", strip.Path);
    }

    private Task AskAsync(AlertRule rule)
    {
        Task asking = _model.AskAsync(rule);
        _clock.Advance(PreviewModel.Debounce);
        return asking;
    }

    private byte[] Frame()
    {
        var frame = new Live.FrameWriter(_clock.NowMs);
        _model.Feed.WriteTo(frame, 1);
        return frame.ToArray();
    }
}
