namespace MetricsGrains.Core.Alerting;

/// <summary>Where an alert instance stands. Stored: the numbers may only grow.</summary>
public enum AlertPhase : byte
{
    /// <summary>All is well.</summary>
    Inactive = 1,

    /// <summary>The condition holds, but not yet for as long as the rule wants.</summary>
    Pending = 2,

    Firing = 3,

    /// <summary>It fired, and is over. Kept for <see cref="AlertStep.ResolvedFor"/>, then inactive.</summary>
    Resolved = 4,

    /// <summary>Its data is missing, and the rule takes that for an alert.</summary>
    NoData = 5,

    /// <summary>The rule is muted. What is under it goes on, untold.</summary>
    Muted = 6,

    /// <summary>The last evaluation could not read its data. What is under it stands still.</summary>
    Error = 7,
}
