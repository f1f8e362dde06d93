namespace MetricsGrains.Core.Model;

/// <summary>The exact figures that go with a histogram sample's buckets.</summary>
/// <param name="Min">Smallest observation; where the sender does not know it, the lower bound of its lowest bucket.</param>
/// <param name="Max">Largest observation, likewise.</param>
public readonly record struct HistogramTotals(double Count, double Sum, double Min, double Max);
