namespace MetricsGrains.Core.Cluster;

/// <summary>Metrics that an origin's log has something of which their new activations must be given.</summary>
/// <param name="Indexes">Of the metrics, in the list that was asked about.</param>
public sealed record OriginHolding(string Origin, IReadOnlyList<int> Indexes);
