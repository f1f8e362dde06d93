namespace MetricsGrains.Core.Grains;

/// <summary>What happens to a series beyond the limit.</summary>
public enum CardinalityPolicy
{
    /// <summary>Its samples are refused, counted and named.</summary>
    Refuse,

    /// <summary>Its samples go to one series tagged <c>__overflow__:true</c>, so that totals stay right. Of a cumulative counter only what its single series rose by is known: the overflow's increase is 0.</summary>
    Overflow,
}

/// <summary>What a metric grain needs to know. Defaults are right for one machine.</summary>
public sealed record MetricGrainOptions
{
    /// <summary>Series a metric may have in memory.</summary>
    public int MaxSeries { get; init; } = 10_000;

    public CardinalityPolicy Policy { get; init; } = CardinalityPolicy.Refuse;

    /// <summary>How long windows stay in memory: an hour, and five minutes so that an hour's query at any step is answered by memory alone.</summary>
    public TimeSpan LiveWindow { get; init; } = TimeSpan.FromMinutes(65);

    /// <summary>How long after its end a minute is held open for samples on their way.</summary>
    public TimeSpan FlushGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Samples older than this are refused.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Samples further ahead than this are refused.</summary>
    public TimeSpan MaxAhead { get; init; } = TimeSpan.FromMinutes(10);
}
