namespace MetricsGrains.Storage.Transfer;

/// <summary>What a transfer is at.</summary>
public enum TransferStage
{
    /// <summary>Opening both stores; checking the source when it was not closed in order.</summary>
    Opening,

    Copying,

    /// <summary>Reading both stores again and comparing them.</summary>
    Verifying,
}
