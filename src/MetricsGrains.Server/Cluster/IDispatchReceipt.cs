using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Cluster;

/// <summary>Who waits for items. Called outside of locks, once an item.</summary>
internal interface IDispatchReceipt
{
    /// <param name="accepted">Samples taken in; those that are left to the log count as taken in, for they are safe there.</param>
    void Done(long accepted, IReadOnlyList<Refusal> refusals);
}
