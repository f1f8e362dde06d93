namespace MetricsGrains.Core.Ports;

/// <summary>Whether the node was there to take in what was sent: silence means something only then.</summary>
public interface IIngestContinuity
{
    /// <summary>
    /// Since when samples were taken in without a break, Unix ms: the node ran, was not suspended, its clock did not jump, its log took writes, and
    /// nothing waited in its queues for long. Later than now while it is behind at this moment.
    /// </summary>
    long UninterruptedSinceMs { get; }

    /// <summary>Why it began anew, for people: "started", "suspended for 5 min", "the log refused writes".</summary>
    string Reason { get; }
}
