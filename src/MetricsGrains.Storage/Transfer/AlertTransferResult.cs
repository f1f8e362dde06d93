namespace MetricsGrains.Storage.Transfer;

/// <summary>How a transfer of alerting ended.</summary>
/// <param name="Copied">Rows written now; 0 when an earlier run had copied everything.</param>
/// <param name="Tables">Rows of each table, which are the same in both databases.</param>
/// <param name="Mismatches">Tables that differ, for people; empty when the target holds what the source holds.</param>
public sealed record AlertTransferResult(long Copied, IReadOnlyList<(string Table, long Rows)> Tables, IReadOnlyList<string> Mismatches)
{
    public bool IsVerified => Mismatches.Count == 0;
}
