namespace MetricsGrains.Core.Alerting;

/// <summary>How long a message waits for its next attempt, and when it is given up.</summary>
public static class SendBackoff
{
    /// <summary>Messages are tried for at least this long.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(24);

    /// <summary>And at least this often: one that somebody had sent again is old from the beginning.</summary>
    public const int GiveUpAttempts = 10;

    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Exponential with full jitter: any time up to 5 s after the first failure, up to 10 s after the second, … up to 10 min; never less than what the
    /// receiver asked for. Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    /// </summary>
    /// <param name="attempts">Failures so far, at least 1.</param>
    /// <param name="retryAfter">What the receiver asked for; more than a day counts as a day.</param>
    public static TimeSpan After(int attempts, TimeSpan? retryAfter, Random random)
    {
        TimeSpan most = TimeSpan.FromTicks(Math.Min(s_longest.Ticks, s_first.Ticks << Math.Clamp(attempts - 1, 0, 20)));
        TimeSpan wait = most * random.NextDouble();
        TimeSpan asked = retryAfter is { } r ? (r < GiveUpAfter ? r : GiveUpAfter) : TimeSpan.Zero;
        wait = wait > asked ? wait : asked;
        return wait > s_shortest ? wait : s_shortest;
    }

    /// <param name="attempts">Failures so far.</param>
    public static bool IsOver(Notification notification, int attempts, long nowMs) =>
        attempts >= GiveUpAttempts && nowMs - notification.CreatedMs >= (long)GiveUpAfter.TotalMilliseconds;
}
