namespace MetricsGrains.Server.Cluster;

/// <summary>How long a silo waits for another, and how often it looks.</summary>
public sealed record ClusterTimings
{
    /// <summary>After this long a silo counts as not answering; what it did not take is sent out of the log later.</summary>
    public TimeSpan Call { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often it is asked which grains are where.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Before grains that could not be reached are tried again.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromMilliseconds(200);
}
