namespace MetricsGrains.Storage.Common;

/// <summary>What a partition holds. The numbers are stored: they may only grow.</summary>
internal enum PartitionKind
{
    OneMinute = 1,
    OneHour = 2,
    OneDay = 3,
    Raw = 4,
}
