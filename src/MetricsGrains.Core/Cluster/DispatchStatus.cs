namespace MetricsGrains.Core.Cluster;

/// <summary>How a metric's grain stands to an origin after a group of records. The numbers go over the wire: they may only grow.</summary>
public enum DispatchStatus : byte
{
    /// <summary>Every record of the group was applied, or had been before.</summary>
    InStep = 1,

    /// <summary>The group was not what comes next for this grain: the origin must join it and go on from where it stands.</summary>
    OutOfStep = 2,

    /// <summary>The grain could not be reached or failed; whether the records were applied is unknown.</summary>
    Failed = 3,
}
