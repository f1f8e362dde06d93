using MetricsGrains.Core.Ports;

namespace MetricsGrains.Storage.Alerting;

/// <summary>Ends a transaction of several edits of which one was refused, so that none of them stays. Never leaves the store.</summary>
internal sealed class EditsRefusedException(IReadOnlyList<EditResult> results) : Exception("an edit among several was refused")
{
    public IReadOnlyList<EditResult> Results { get; } = results;
}
