using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting;
using MetricsGrains.Server.Alerting.Cluster;
using Orleans.Runtime;
using Orleans.Storage;

namespace MetricsGrains.Silo.Alerting;

/// <summary>A grain's persistent state, written in the grain's turns wherever the call comes from.</summary>
/// <param name="turns">The activation's own scheduler.</param>
/// <param name="end">Ends the activation; called in its turns.</param>
internal sealed class OrleansState(IPersistentState<StateBytes> state, TaskScheduler turns, Action end) : IFencedState
{
    public ReadOnlyMemory<byte> Initial { get; } = state.RecordExists ? state.State.Bytes : [];

    public Task WriteAsync(byte[] bytes, CancellationToken cancel) => RunAsync(() =>
    {
        state.State = new StateBytes { Bytes = bytes };
        return state.WriteStateAsync();
    });

    public Task ClearAsync(CancellationToken cancel) => RunAsync(() => state.RecordExists ? state.ClearStateAsync() : Task.CompletedTask);

    private Task RunAsync(Func<Task> call) => Task.Factory.StartNew(() => TurnAsync(call), CancellationToken.None, TaskCreationOptions.DenyChildAttach, turns).Unwrap();

    private async Task TurnAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (InconsistentStateException error)
        {
            // Or a write of this activation whose answer got lost has come through: then what is stored is its own, and the next activation goes on from there.
            end();
            throw new SupersededException("another activation of the grain has written its state", error);
        }
        catch (Exception error)
        {
            throw new StoreUnavailableException($"the grain's state could not be written: {error.Message}", error);
        }
    }
}
