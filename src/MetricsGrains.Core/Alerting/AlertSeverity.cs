namespace MetricsGrains.Core.Alerting;

/// <summary>How much it matters; ordered. Stored and sent by name.</summary>
public enum AlertSeverity : byte
{
    Info = 1,
    Warning = 2,
    Critical = 3,
}
