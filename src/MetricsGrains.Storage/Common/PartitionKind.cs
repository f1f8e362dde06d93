namespace MetricsGrains.Storage.Common;

/// <summary>What a partition holds. The numbers are stored: they may only grow.</summary>
internal enum PartitionKind
{
    OneMinute = 1,
    OneHour = 2,
    OneDay = 3,
    Raw = 4,

    /// <summary>Raw blocks that are kept for a time of their own. Their partitions are stretches of when they go, not of when they were.</summary>
    BriefRaw = 5,
    Annotation = 6,
}
