using MetricsGrains.Storage.Postgres;

namespace MetricsGrains.Storage.Transfer;

/// <summary>Copies one table of the source, a transaction at a time.</summary>
internal interface ITransferStep
{
    /// <summary>Also the name of its <see cref="TransferPart"/>: the same for the same source.</summary>
    string Name { get; }

    /// <summary>Copies the next rows within the session's transaction. May be called again with the same part when the transaction failed.</summary>
    Task<TransferPart> AdvanceAsync(Session session, TransferPart part, CancellationToken cancel);
}
