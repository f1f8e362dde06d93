namespace MetricsGrains.Storage.Transfer;

/// <summary>How far one table of the source is copied. Moved in the transactions that write its rows.</summary>
/// <param name="After">Key of the last row copied, as many numbers as the key has; empty before the first.</param>
/// <param name="Rows">Rows of the source copied.</param>
/// <param name="Damaged">Of those, rows that could not be read and were left out.</param>
internal sealed record TransferPart(string Name, long[] After, long Rows, long Damaged, bool Done)
{
    public static TransferPart Unbegun(string name) => new(name, [], 0, 0, false);
}
