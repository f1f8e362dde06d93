namespace MetricsGrains.Server.Ingest;

/// <summary>What all lanes of the StatsD listener go by.</summary>
/// <param name="Gauges">Set where a signed gauge value is a change; null where it is a value like any other.</param>
internal sealed record StatsDRules(RelativeGauges? Gauges, long MaxAgeMs, long MaxAheadMs);
