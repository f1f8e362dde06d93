using MetricsGrains.Server.Alerting;

namespace MetricsGrains.Server.Tests.Alerting;

public sealed class IngestContinuityTests
{
    private readonly TwoClocks _clocks = new();
    private string? _obstacle;

    [Fact]
    public void Since_NodeRuns_IsItsStart()
    {
        IngestContinuity continuity = New();
        long start = _clocks.NowMs;
        for (int i = 0; i < 100; i++)
        {
            _clocks.Run(TimeSpan.FromSeconds(1));
            Assert.Equal(start, continuity.UninterruptedSinceMs);
        }
        Assert.Equal("started", continuity.Reason);
    }

    [Fact]
    public void Since_FirstQuestionAfterASuspension_IsNow()
    {
        IngestContinuity continuity = New();
        _clocks.Run(TimeSpan.FromMinutes(5));
        Assert.Equal(_clocks.NowMs, continuity.UninterruptedSinceMs);
        Assert.Contains("suspended", continuity.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3600, "forward")]
    [InlineData(-3600, "back")]
    public void Since_ClockWasSet_IsNow(int seconds, string word)
    {
        IngestContinuity continuity = New();
        _clocks.Run(TimeSpan.FromSeconds(1));
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
            _clocks.Run(TimeSpan.FromSeconds(1));
            _clocks.Set(TimeSpan.FromMilliseconds(0.5));
            Assert.Equal(since, continuity.UninterruptedSinceMs);
        }
    }

    [Fact]
    public void Since_LogRefuses_IsLaterThanNowUntilItTakesWritesAgain()
    {
        IngestContinuity continuity = New();
        _clocks.Run(TimeSpan.FromSeconds(3));
        _obstacle = "the disk is full";
        Assert.True(continuity.UninterruptedSinceMs > _clocks.NowMs);
        Assert.Equal("the disk is full", continuity.Reason);
        _clocks.Run(TimeSpan.FromSeconds(3));
        long last = _clocks.NowMs;
        Assert.True(continuity.UninterruptedSinceMs > last);
        _obstacle = null;
        _clocks.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(last, continuity.UninterruptedSinceMs);
    }

    private IngestContinuity New() => new(_clocks, () => _obstacle);

    /// <summary>A wall clock and a monotonic one that can be moved apart.</summary>
    private sealed class TwoClocks : TimeProvider
    {
        private DateTimeOffset _wall = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public long NowMs => _wall.ToUnixTimeMilliseconds();

        public override DateTimeOffset GetUtcNow() => _wall;

        public override long GetTimestamp() => _ticks;

        public void Run(TimeSpan time)
        {
            _wall += time;
            _ticks += time.Ticks;
        }

        public void Set(TimeSpan by) => _wall += by;
    }
}
