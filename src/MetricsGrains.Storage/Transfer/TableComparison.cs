namespace MetricsGrains.Storage.Transfer;

/// <summary>What both stores hold in one table.</summary>
/// <param name="Name">"minutes", "raw samples", "cursors" …</param>
public sealed record TableComparison(string Name, TransferTotals Source, TransferTotals Target);
