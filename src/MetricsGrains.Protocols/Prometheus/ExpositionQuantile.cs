namespace MetricsGrains.Protocols.Prometheus;

/// <summary>One quantile of a summary.</summary>
/// <param name="Quantile">From 0 to 1.</param>
public readonly record struct ExpositionQuantile(double Quantile, double Value);
