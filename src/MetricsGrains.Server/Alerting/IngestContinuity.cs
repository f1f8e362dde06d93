using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// Notices when this node was not there to take samples in: not started, suspended, on a clock that was set, or with a log or queue that took nothing.
/// Whoever asks first after a suspension learns of it, for every question looks at the clocks itself.
/// </summary>
/// <param name="obstacle">Why samples don't get in at this moment, for people; null when they do.</param>
public sealed class IngestContinuity(TimeProvider time, Func<string?> obstacle) : IIngestContinuity
{
    /// <summary>Between two looks at the clocks. <see cref="RunAsync"/> looks each second; a busy machine may be late by some.</summary>
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly ClockWatch _clock = new(time);
    private long _seenMs = time.GetUtcNow().ToUnixTimeMilliseconds();
    private long _sinceMs = time.GetUtcNow().ToUnixTimeMilliseconds();
    private string _reason = "started";
    private bool _behind;

    public long UninterruptedSinceMs
    {
        get
        {
            lock (_lock)
            {
                Look();
                return _behind ? _seenMs + 1 : _sinceMs;
            }
        }
    }

    public string Reason
    {
        get
        {
            lock (_lock)
            {
                Look();
                return _reason;
            }
        }
    }

    /// <summary>Looks at the clocks each second.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                lock (_lock)
                {
                    Look();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private void Look()
    {
        ClockReading clock = _clock.Read();
        long now = _seenMs = clock.NowMs;
        var gap = TimeSpan.FromMilliseconds(clock.ElapsedMs);
        if (gap > LongestGap)
        {
            Restart(now, $"suspended, or without a processor, for {AlertDuration.Format(gap)}");
        }
        else if (clock.JumpMs != 0)
        {
            // A machine that slept shows as this too: the monotonic clock sleeps with it.
            Restart(now, $"clock set {(clock.JumpMs > 0 ? "forward" : "back")} by {AlertDuration.Format(TimeSpan.FromMilliseconds(Math.Abs(clock.JumpMs)))}");
        }
        string? why = obstacle();
        _behind = why is not null;
        if (why is not null)
        {
            Restart(now, why);
        }
    }

    private void Restart(long nowMs, string reason)
    {
        _sinceMs = nowMs;
        _reason = reason;
    }
}
