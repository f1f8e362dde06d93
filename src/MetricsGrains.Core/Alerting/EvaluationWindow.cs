using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Alerting;

/// <summary>The window an evaluation looks at, and what of it the node was there for.</summary>
/// <param name="FromMs">Unix ms, inclusive; a multiple of 10,000, as is <paramref name="ToMs"/>.</param>
/// <param name="ToMs">Unix ms, exclusive.</param>
/// <param name="AttendedFromMs">See <see cref="IIngestContinuity.UninterruptedSinceMs"/>.</param>
/// <param name="Interruption">Why it was not attended before, for people.</param>
public readonly record struct EvaluationWindow(long FromMs, long ToMs, long AttendedFromMs, string Interruption)
{
    /// <summary>What is on its way when an evaluation begins is waited for that long: a second's batches, and the log's fsync.</summary>
    private const long GraceMs = 5_000;

    /// <summary>Whether the node took in all that was sent for the window.</summary>
    public bool IsWhole => AttendedFromMs <= FromMs;

    public static (long FromMs, long ToMs) At(long nowMs, TimeSpan length)
    {
        long to = Resolution.Floor(nowMs - GraceMs, Resolution.TenSeconds);
        return (to - (long)length.TotalMilliseconds, to);
    }
}
