namespace MetricsGrains.Server.Alerting;

/// <summary>Whether samples wait for long between the listener and their metric: for a disk that takes its time, or for a processor. Not thread-safe.</summary>
/// <param name="newest">Number of the newest record given to the log.</param>
/// <param name="dispatched">Number of the newest record handed to its metrics.</param>
/// <param name="underWay">Bytes between the two.</param>
internal sealed class IngestLag(Func<ulong> newest, Func<ulong> dispatched, Func<long> underWay, TimeProvider time)
{
    /// <summary>With a look each second this is known before the five seconds are over that an evaluation gives to what is on its way.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(4);

    private ulong _awaited;
    private long _since = time.GetTimestamp();

    /// <returns>For people; null when nothing waits for long.</returns>
    public string? Look()
    {
        // A record that failed is never handed on, so what has arrived can't be told by its number alone.
        if (dispatched() >= _awaited || underWay() == 0)
        {
            _awaited = newest();
            _since = time.GetTimestamp();
            return null;
        }
        TimeSpan waits = time.GetElapsedTime(_since);
        return waits >= Longest ? FormattableString.Invariant($"samples wait for {waits.TotalSeconds:0} s to be taken in") : null;
    }
}
