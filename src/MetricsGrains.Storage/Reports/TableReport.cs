namespace MetricsGrains.Storage.Reports;

/// <summary>The rows of one resolution, the raw blocks, or the annotations.</summary>
/// <param name="Name">"1m", "1h", "1d", "raw", "raw_brief" (raw blocks that are kept for a time of their own) or "annotation".</param>
/// <param name="Bytes">Indexes included. In SQLite a share of the file, going by what the rows hold; null there when the rows were not read.</param>
/// <param name="OldestMs">Start of the oldest bucket, or time of the oldest sample, Unix ms; null when there is none.</param>
/// <param name="NewestMs">Likewise of the newest; null also when the rows were not read and the database does not tell.</param>
/// <param name="PartialRows">Rows beyond one a series and bucket; null when the rows were not read, for what has no buckets, and in PostgreSQL for all but minutes.</param>
/// <param name="DroppedThroughMs">Retention has dropped partitions up to here, Unix ms; null when none.</param>
/// <param name="Kept">The retention that is configured; zero where each block has its own.</param>
public sealed record TableReport(
    string Name, int Partitions, long Rows, long? Bytes, long? OldestMs, long? NewestMs, long? PartialRows, long? DroppedThroughMs, TimeSpan Kept);
