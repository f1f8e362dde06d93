namespace MetricsGrains.Storage.Transfer;

/// <summary>What a transfer is at.</summary>
public enum TransferStage
{
    /// <summary>Opening both stores; checking the source when it was not closed in order.</summary>
    Opening,

    Copying,

    /// <summary>Copying and comparing alerts: rules, channels, silences, their history.</summary>
    Alerts,

    /// <summary>Reading both stores again and comparing them.</summary>
    Verifying,
}
