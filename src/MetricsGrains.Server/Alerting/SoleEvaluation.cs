using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>The right to evaluate a store that no other node can open, as SQLite's file.</summary>
internal sealed class SoleEvaluation : IEvaluationLease
{
    public bool IsShared => false;

    public Task<bool> TryHoldAsync(CancellationToken cancel) => Task.FromResult(true);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
