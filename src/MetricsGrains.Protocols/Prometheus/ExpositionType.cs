namespace MetricsGrains.Protocols.Prometheus;

/// <summary>A family's type, as far as we write them.</summary>
public enum ExpositionType : byte
{
    Counter,
    Gauge,
    Summary,
    Untyped,
}
