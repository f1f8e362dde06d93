namespace MetricsGrains.Core.Alerting;

/// <summary>So many a minute, and as many at once. Not thread-safe.</summary>
/// <param name="perMinute">At least 1.</param>
public sealed class TokenBucket(int perMinute, long nowMs)
{
    private double _tokens = perMinute;
    private long _filledMs = nowMs;

    /// <returns>False: there is none left.</returns>
    public bool TryTake(long nowMs)
    {
        // A clock that was set back fills nothing, and does not hold up the filling from then on.
        _tokens = Math.Min(perMinute, _tokens + (Math.Max(0, nowMs - _filledMs) * perMinute / 60_000.0));
        _filledMs = nowMs;
        if (_tokens < 1)
        {
            return false;
        }
        _tokens--;
        return true;
    }
}
