namespace MetricsGrains.Server.Ingest;

/// <summary>
/// How much memory the rows take that wait for the store. Beyond the limit nothing more is taken in: what was acknowledged stays in order, row by
/// row with its cursor, and who sends hears of it before the process runs out of memory. Thread-safe.
/// </summary>
/// <param name="limitBytes">Passed by what comes within about a second: it is measured that often.</param>
public sealed class StoreBacklog(long limitBytes)
{
    private long _bytes;

    /// <summary>As measured last, an estimate.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public long LimitBytes => limitBytes;

    /// <summary>Why nothing is taken in now, for the sender; null when all is well.</summary>
    public string? Refusal => Bytes < limitBytes ? null
        : $"rows that wait for the store take {Bytes} bytes of memory, the limit is {limitBytes} (Limits:PendingBytes); see to the store, and send again after the time in Retry-After";

    public void Measured(long bytes) => Interlocked.Exchange(ref _bytes, bytes);
}
