namespace MetricsGrains.Core.Alerting;

/// <summary>What an evaluation would have seen.</summary>
/// <param name="AtMs">When it would have looked, which is the window's end: a minute's start, Unix ms.</param>
/// <param name="Value">The statistic over the window; of a dead-man's switch the seconds of silence.</param>
public readonly record struct PreviewPoint(long AtMs, double Value);
