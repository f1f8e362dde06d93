using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>
/// Keeps a grain's state twice: in the cluster's grain storage, and in the alert store, where the history, the messages and the pages' SQL are.
/// </summary>
/// <remarks>
/// The grain storage is written first, for it refuses whoever is not the grain's activation any more: who was superseded tells nobody anything, and writes
/// nothing to the history. It takes the events and messages along, with their ids; if the process ends between the two writes the next activation repeats
/// the second, which the store knows for what it is. So nothing is lost, and a message has one id whatever happens.
/// Of the two copies the one of the greater revision is the grain's state: the alert store's is newer when nodes without a cluster have evaluated since,
/// and is all there is at the first start of a cluster over their store. The way back needs nothing: the alert store has every state.
/// </remarks>
internal sealed class FencedStateStore<TState>(IFencedState fenced, IAlertStateStore<TState> copy) : IAlertStateStore<TState>
    where TState : class
{
    /// <summary>The newer of the two, brought to the alert store if it was not there.</summary>
    /// <param name="copied">The alert store's; null: it has none.</param>
    /// <returns>Null: there is none.</returns>
    /// <exception cref="StoreUnavailableException">Without it nobody knows what was told: there is no activation.</exception>
    public async Task<TState?> OpenAsync(TState? copied, Func<TState, long> revision, CancellationToken cancel)
    {
        if (AlertEnvelope<TState>.Decode(fenced.Initial) is not { } last || (copied is not null && revision(copied) >= revision(last.State)))
        {
            return copied;
        }
        await copy.SaveAsync(last.State, last.Messages, last.Events, cancel);
        return last.State;
    }

    public async Task SaveAsync(TState state, IReadOnlyList<OutboxMessage> messages, IReadOnlyList<AlertEvent> events, CancellationToken cancel)
    {
        await fenced.WriteAsync(new AlertEnvelope<TState>(state, messages, events).Encode(), cancel);
        await copy.SaveAsync(state, messages, events, cancel);
    }

    public async Task DeleteAsync(CancellationToken cancel)
    {
        await copy.DeleteAsync(cancel);
        await fenced.ClearAsync(cancel);
    }
}
