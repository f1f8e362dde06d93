namespace MetricsGrains.Server.Cluster;

/// <summary>How an origin stands to a metric's grain.</summary>
internal enum LinkState
{
    /// <summary>The grain does not have all that the log has, and nothing is sent until it was asked where it stands.</summary>
    Behind,

    /// <summary>The grain is being asked, or is sent what it lacks out of the log.</summary>
    CatchingUp,

    /// <summary>As before, but the end of that is known; what comes after it is held back till then.</summary>
    HandingOver,

    /// <summary>Records are sent as they come.</summary>
    InStep,
}
