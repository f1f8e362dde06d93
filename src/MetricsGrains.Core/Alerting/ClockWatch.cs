namespace MetricsGrains.Core.Alerting;

/// <summary>Holds the wall clock against the monotonic one. Not thread-safe.</summary>
public sealed class ClockWatch(TimeProvider time)
{
    // A clock that is slewed moves by less in a minute, and one that is set by more.
    private const long ToleranceMs = 2_000;

    private long _wallMs = time.GetUtcNow().ToUnixTimeMilliseconds();
    private long _stamp = time.GetTimestamp();

    /// <summary>What passed since the last reading, or since this was made.</summary>
    public ClockReading Read()
    {
        long stamp = time.GetTimestamp(), wall = time.GetUtcNow().ToUnixTimeMilliseconds();
        long elapsed = (long)time.GetElapsedTime(_stamp, stamp).TotalMilliseconds;
        long jump = wall - _wallMs - elapsed;
        _stamp = stamp;
        _wallMs = wall;
        return new ClockReading(wall, elapsed, Math.Abs(jump) > ToleranceMs ? jump : 0);
    }
}

/// <param name="NowMs">The wall clock, Unix ms.</param>
/// <param name="ElapsedMs">Time that passed, by the monotonic clock.</param>
/// <param name="JumpMs">By how much the wall clock was set forward beyond that; negative when it was set back; 0 when it ran on.</param>
public readonly record struct ClockReading(long NowMs, long ElapsedMs, long JumpMs);
