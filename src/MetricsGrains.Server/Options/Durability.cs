namespace MetricsGrains.Server.Options;

/// <summary>What must have happened before a batch is acknowledged.</summary>
public enum Durability
{
    /// <summary>It is on this machine's disk. What was acknowledged survives the loss of power.</summary>
    Fsync,

    /// <summary>The operating system has it. The loss of power may cost what was acknowledged since the last fsync.</summary>
    Interval,

    /// <summary>It is on the disks of two silos. What was acknowledged survives the loss of either.</summary>
    Replicated,
}
