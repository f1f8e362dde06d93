namespace MetricsGrains.Storage.Transfer;

/// <summary>What both stores hold of one metric.</summary>
/// <param name="Table">"minutes", "hours", "days" or "raw samples".</param>
public sealed record MetricComparison(string Metric, string Table, TransferTotals Source, TransferTotals Target);
