namespace MetricsGrains.Storage.Reports;

/// <summary>How big and how old a store is, at one moment.</summary>
/// <param name="Description">Which database this is.</param>
/// <param name="Place">The SQLite file, or "user@host:port/database".</param>
/// <param name="AtMs">Unix ms.</param>
/// <param name="SizeBytes">On disk, journals and indexes included.</param>
/// <param name="FreeBytes">Of that, what new rows can take; null where the database does not tell.</param>
/// <param name="HoursToDerive">(metric, hour) pairs whose minutes changed since they were derived; likewise <paramref name="DaysToDerive"/>. The open hour and day are always among them.</param>
/// <param name="HoursToCompact">(metric, hour) pairs with partial rows that compaction is going to fold; null where there is no compaction.</param>
/// <param name="MetricsBySize">Biggest first, as many as were asked for; null when the rows were not read.</param>
/// <param name="Integrity">Null when it was not checked; "ok", or what is wrong.</param>
public sealed record StoreReport(
    string Description, string Place, long AtMs, long SizeBytes, long? FreeBytes, long MetricCount, long SeriesCount,
    IReadOnlyList<TableReport> Tables, long HoursToDerive, long DaysToDerive, long? HoursToCompact,
    IReadOnlyList<CursorReport> Cursors, IReadOnlyList<MetricReport>? MetricsBySize, string? Integrity);
