namespace MetricsGrains.Server.Ingest;

/// <summary>When what comes one by one is written. Defaults are the design's: 5,000 points or one second.</summary>
public sealed record BatchLimits
{
    /// <summary>So many are written at once, and at most so many.</summary>
    public int Items { get; init; } = 5_000;

    /// <summary>None waits longer for others to come.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>So many are held while the store does not take them; beyond that none is taken in.</summary>
    public int Capacity { get; init; } = 50_000;
}
