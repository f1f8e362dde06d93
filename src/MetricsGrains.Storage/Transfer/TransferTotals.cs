namespace MetricsGrains.Storage.Transfer;

/// <summary>What was counted in one table of one store.</summary>
/// <param name="Rows">Rows of a rollup or of the catalog; of raw samples the blocks, of which one in SQLite can be several in PostgreSQL.</param>
/// <param name="Samples">Of rollups the sum of their counts, of raw samples their number; null where there are none.</param>
/// <param name="Sum">Sum of the samples' values; null where that means nothing.</param>
/// <param name="Digest">Sum of a 64-bit hash of every row, whatever their order: equal when every column of every row is.</param>
public sealed record TransferTotals(long Rows, double? Samples, double? Sum, ulong Digest);
