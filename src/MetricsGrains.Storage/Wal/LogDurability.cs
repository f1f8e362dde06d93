namespace MetricsGrains.Storage.Wal;

/// <summary>When an append is acknowledged.</summary>
public enum LogDurability : byte
{
    /// <summary>After fsync. What was acknowledged survives the loss of power.</summary>
    Fsync = 0,

    /// <summary>
    /// After the write to the operating system; fsync follows every <see cref="IngestLogOptions.SyncInterval"/>. The death of the process loses nothing.
    /// The death of the machine (power, kernel) may lose what was acknowledged during about the last interval, and such a loss is silent.
    /// </summary>
    Interval = 1,
}
