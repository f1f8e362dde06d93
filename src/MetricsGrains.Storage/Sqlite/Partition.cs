using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>A table that holds one stretch of time and goes as a whole.</summary>
/// <param name="MinMs">Start of the oldest row.</param>
/// <param name="MaxMs">Start of the newest bucket; for raw blocks the time of the newest sample, which may lie behind the partition's end.</param>
/// <param name="MaxSpanMs">The longest raw block: a block that reaches into a range starts at most this long before it.</param>
internal sealed record Partition(string Name, PartitionKind Kind, long StartMs, long EndMs, long MinMs, long MaxMs, long MaxSpanMs, long Rows);
