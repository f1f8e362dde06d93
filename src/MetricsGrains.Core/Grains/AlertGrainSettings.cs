namespace MetricsGrains.Core.Grains;

/// <summary>What an AlertGrain must know of its host.</summary>
/// <param name="Interval">Between two evaluations.</param>
/// <param name="BaseUrl">The dashboard's public address without a slash at its end; empty when it is not known.</param>
/// <param name="EvaluatedThroughMs">Until when rules were evaluated before this process began, Unix ms; 0 when that is not known.</param>
public sealed record AlertGrainSettings(TimeSpan Interval, string BaseUrl = "", long EvaluatedThroughMs = 0);
