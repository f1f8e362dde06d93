namespace MetricsGrains.Core.Ports;

/// <summary>A log as those see it that only read it: what brings its records to grains and store. Who reads it need not be who writes it.</summary>
public interface IRecordLog
{
    /// <summary>Reads records from <paramref name="fromSequence"/> (or the oldest) up to what was acknowledged at the time of the call; with interval durability that is synced first. Damaged records are skipped, counted and logged.</summary>
    IAsyncEnumerable<LogRecord> ReadAsync(ulong fromSequence, CancellationToken cancel);

    LogStatus Status { get; }
}
