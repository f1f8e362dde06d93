namespace MetricsGrains.Server.Partitioned;

/// <summary>What a partition keeps.</summary>
/// <param name="First">Its oldest event; equals <paramref name="Next"/> when there is none.</param>
/// <param name="Next">The sequence that the next event gets.</param>
public readonly record struct PartitionExtent(ulong First, ulong Next);
