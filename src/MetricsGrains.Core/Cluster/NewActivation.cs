namespace MetricsGrains.Core.Cluster;

/// <summary>A metric's grain was activated anew: what it had in memory before is gone from there.</summary>
/// <param name="Epoch">Of the activation; greater than that of every one before.</param>
public readonly record struct NewActivation(string Metric, ulong Epoch);
