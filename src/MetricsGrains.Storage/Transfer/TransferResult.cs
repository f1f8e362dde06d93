namespace MetricsGrains.Storage.Transfer;

/// <summary>How a transfer ended.</summary>
/// <param name="AlreadyFinished">When an earlier transfer of the same source ended well, Unix ms; then nothing was done now. Else null.</param>
/// <param name="Resumed">An earlier attempt had copied a part.</param>
/// <param name="RowsCopied">Rows of the source copied now.</param>
/// <param name="Copying">How long that took.</param>
/// <param name="Verifying">How long the comparison took.</param>
/// <param name="DamagedBlocks">Raw blocks that could not be read in the source and were left out, as they are left out of its answers.</param>
/// <param name="Tables">Each table of both stores.</param>
/// <param name="Metrics">Each metric of both stores, those with most rows first.</param>
/// <param name="Mismatches">Where they differ, for people, at most a hundred; empty when the target holds what the source holds.</param>
public sealed record TransferResult(
    long? AlreadyFinished, bool Resumed, long RowsCopied, TimeSpan Copying, TimeSpan Verifying, long DamagedBlocks,
    IReadOnlyList<TableComparison> Tables, IReadOnlyList<MetricComparison> Metrics, IReadOnlyList<string> Mismatches)
{
    /// <summary>Null: there are no alerts.</summary>
    public AlertTransferResult? Alerts { get; init; }

    public bool IsVerified => Mismatches.Count == 0;
}
