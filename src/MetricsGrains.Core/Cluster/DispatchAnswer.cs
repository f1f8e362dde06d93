using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Cluster;

/// <summary>What a metric's grain says to one group of records.</summary>
/// <param name="Epoch">Of the grain's activation; a later activation of the metric has a greater one. 0 when it is not known.</param>
/// <param name="AppliedThrough">The origin's last record that the activation has; 0: none yet, so the origin begins at the start of its log.</param>
/// <param name="NeededFrom">The origin's oldest record that the store does not have in full; null when there is none.</param>
/// <param name="Result">Of its refusals the slice is the index of the record in the group.</param>
public sealed record DispatchAnswer(DispatchStatus Status, ulong Epoch, ulong AppliedThrough, ulong? NeededFrom, AppendResult Result)
{
    public static readonly DispatchAnswer Failed = new(DispatchStatus.Failed, 0, 0, null, AppendResult.Empty);
}
