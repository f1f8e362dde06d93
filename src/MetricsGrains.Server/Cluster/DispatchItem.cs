using MetricsGrains.Server.Hosting;

namespace MetricsGrains.Server.Cluster;

/// <summary>One record's slice on its way to its grain.</summary>
/// <param name="Generation">Of the link when it was queued.</param>
/// <param name="SliceIndex">In its batch, for refusals.</param>
/// <param name="Slice">Empty: the grain is not sent it, because it has been, or because there is no record.</param>
/// <param name="Done">Told when the grain has it, or when it is left to the log; null: nobody waits.</param>
internal readonly record struct DispatchItem(MetricLink Link, int Generation, ulong Previous, ulong Sequence, int SliceIndex, int Samples, ReadOnlyMemory<byte> Slice, IDispatchReceipt? Done)
{
    public bool HasRecord => !Slice.IsEmpty;

    /// <summary>With this the grain has all there is, and is told so.</summary>
    public bool IsCaughtUp { get; init; }

    public bool IsCurrent => Link.Generation == Generation;
}
