namespace MetricsGrains.Server.Partitioned;

/// <summary>An event as the hub gives it back.</summary>
/// <param name="Sequence">Within its partition, from 1.</param>
/// <param name="EnqueuedMs">When the hub took it, by its clock, Unix ms.</param>
/// <param name="Body">The reader's: its memory is not used again.</param>
public readonly record struct HubEvent(ulong Sequence, long EnqueuedMs, ReadOnlyMemory<byte> Body);
