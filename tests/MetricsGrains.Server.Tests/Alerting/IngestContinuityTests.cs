using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Testbed;

namespace MetricsGrains.Server.Tests.Alerting;

public sealed class IngestContinuityTests
{
    private readonly ManualClock _clocks = new(1_700_000_000_000);
    private string? _obstacle;

    [Fact]
    public void Since_NodeRuns_IsItsStart()
    {
        IngestContinuity continuity = New();
        long start = _clocks.NowMs;
        for (int i = 0; i < 100; i++)
        {
            _clocks.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(start, continuity.UninterruptedSinceMs);
        }
        Assert.Equal("started", continuity.Reason);
    }

    [Fact]
    public void Since_FirstQuestionAfterASuspension_IsNow()
    {
        IngestContinuity continuity = New();
        _clocks.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(_clocks.NowMs, continuity.UninterruptedSinceMs);
        Assert.Contains("suspended", continuity.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3600, "forward")]
    [InlineData(-3600, "back")]
    public void Since_ClockWasSet_IsNow(int seconds, string word)
    {
        IngestContinuity continuity = New();
        _clocks.Advance(TimeSpan.FromSeconds(1));
        _clocks.Set(TimeSpan.FromSeconds(seconds));
        Assert.Equal(_clocks.NowMs, continuity.UninterruptedSinceMs);
        Assert.Contains(word, continuity.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Since_ClockIsSlewed_GoesOn()
    {
        IngestContinuity continuity = New();
        long since = continuity.UninterruptedSinceMs;
        for (int i = 0; i < 1000; i++)
        {
            _clocks.Advance(TimeSpan.FromSeconds(1));
            _clocks.Set(TimeSpan.FromMilliseconds(0.5));
            Assert.Equal(since, continuity.UninterruptedSinceMs);
        }
    }

    [Fact]
    public void Since_LogRefuses_IsLaterThanNowUntilItTakesWritesAgain()
    {
        IngestContinuity continuity = New();
        _clocks.Advance(TimeSpan.FromSeconds(3));
        _obstacle = "the disk is full";
        Assert.True(continuity.UninterruptedSinceMs > _clocks.NowMs);
        Assert.Equal("the disk is full", continuity.Reason);
        _clocks.Advance(TimeSpan.FromSeconds(3));
        long last = _clocks.NowMs;
        Assert.True(continuity.UninterruptedSinceMs > last);
        _obstacle = null;
        _clocks.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(last, continuity.UninterruptedSinceMs);
    }

    [Fact]
    public async Task Since_DiskStalls_IsLaterThanNowUntilItGoesOn()
    {
        var log = new FakeLog();
        using var meters = new IngestMeters();
        await using var pipeline = new IngestPipeline(log, new RecordingGrains(), "here", 1_000_000, meters, _clocks);
        var lag = new IngestLag(() => log.Status.NextSequence - 1, () => pipeline.DispatchedThrough, () => pipeline.QueuedBytes, _clocks);
        var continuity = new IngestContinuity(_clocks, lag.Look);
        long start = _clocks.NowMs;
        await SendAsync();
        log.Hangs = true;
        Task stalled = SendAsync();
        for (int second = 0; second < 4; second++)
        {
            Assert.Equal(start, continuity.UninterruptedSinceMs);
            _clocks.Advance(TimeSpan.FromSeconds(1));
        }
        // Before the five seconds are over that an evaluation waits for what is on its way.
        Assert.True(continuity.UninterruptedSinceMs > _clocks.NowMs);
        Assert.Equal("samples wait for 4 s to be taken in", continuity.Reason);
        _clocks.Advance(TimeSpan.FromSeconds(2));
        Assert.True(continuity.UninterruptedSinceMs > _clocks.NowMs);
        long last = _clocks.NowMs;

        log.Complete();
        await stalled;
        log.Hangs = false;
        _clocks.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(last, continuity.UninterruptedSinceMs);
        for (int second = 0; second < 20; second++)
        {
            await SendAsync();
            _clocks.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(last, continuity.UninterruptedSinceMs);
        }

        Task<AppendResult> SendAsync()
        {
            var batch = new SampleBatchBuilder();
            batch.Add(batch.AddSeries("m"u8, MetricKind.Counter, [], [], SeriesId.Of("m"u8, [])), _clocks.NowMs, 1);
            Assert.True(pipeline.TrySubmit(batch, out Task<AppendResult> done));
            return done;
        }
    }

    [Fact]
    public void Since_NothingIsSentAfterRecordsThatFailed_IsNotBehind()
    {
        // A log that refuses gives numbers away that nobody ever hands on.
        var lag = new IngestLag(() => 10, () => 7, () => 0, _clocks);
        for (int second = 0; second < 20; second++)
        {
            Assert.Null(lag.Look());
            _clocks.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private IngestContinuity New() => new(_clocks, () => _obstacle);
}
