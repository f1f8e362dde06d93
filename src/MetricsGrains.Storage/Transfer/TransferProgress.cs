namespace MetricsGrains.Storage.Transfer;

/// <param name="Subject">The table under way.</param>
/// <param name="Done">Rows of the source done in this stage, by earlier attempts too.</param>
/// <param name="Total">Rows of the source in this stage; 0 while unknown.</param>
public readonly record struct TransferProgress(TransferStage Stage, string Subject, long Done, long Total);
