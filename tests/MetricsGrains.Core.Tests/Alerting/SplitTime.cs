namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>A clock that stands until it is moved, whose wall can be set apart from its monotonic side.</summary>
internal sealed class SplitTime(long startMs) : TimeProvider
{
    private long _wallMs = startMs;
    private long _ticks;

    public long NowMs => _wallMs;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(_wallMs);

    public override long GetTimestamp() => _ticks;

    public void Advance(TimeSpan by)
    {
        _wallMs += (long)by.TotalMilliseconds;
        _ticks += by.Ticks;
    }

    /// <summary>Somebody sets the clock.</summary>
    public void Jump(TimeSpan by) => _wallMs += (long)by.TotalMilliseconds;
}
