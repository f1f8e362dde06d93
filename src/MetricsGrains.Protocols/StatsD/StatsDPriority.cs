namespace MetricsGrains.Protocols.StatsD;

/// <summary>An event's priority.</summary>
public enum StatsDPriority : byte
{
    Normal,
    Low,
}
