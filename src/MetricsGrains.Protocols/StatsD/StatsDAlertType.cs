namespace MetricsGrains.Protocols.StatsD;

/// <summary>An event's alert type.</summary>
public enum StatsDAlertType : byte
{
    Info,
    Success,
    Warning,
    Error,
}
