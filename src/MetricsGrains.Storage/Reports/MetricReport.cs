namespace MetricsGrains.Storage.Reports;

/// <summary>What one metric takes.</summary>
/// <param name="Bytes">Its share of the tables' bytes, going by what its rows hold.</param>
/// <param name="Rows">Rollup rows of all resolutions and raw blocks.</param>
public sealed record MetricReport(string Name, string Kind, long Series, long Rows, long RawBlocks, long Bytes, long LastSeenMs);
