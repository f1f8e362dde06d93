namespace MetricsGrains.Server.Cluster.Copies;

/// <summary>How long a silo waits for the one that keeps the copy of its log.</summary>
public sealed record CopyTimings
{
    /// <summary>After this long a call counts as failed.</summary>
    public TimeSpan Call { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Before what failed is tried again.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often the copy's silo is asked, though there is nothing to copy.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Without a copy for this long nothing more is taken in.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A silo that failed three times in a row is not chosen for this long, where there is another.</summary>
    public TimeSpan Avoid { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often silos are told that the copies that they may have are old.</summary>
    public TimeSpan Drop { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a silo that stops waits for what is on its way.</summary>
    public TimeSpan End { get; init; } = TimeSpan.FromSeconds(5);
}
