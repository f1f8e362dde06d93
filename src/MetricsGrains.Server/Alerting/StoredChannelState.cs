using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>A channel's state and messages in the alert store.</summary>
internal sealed class StoredChannelState(IChannelStore store) : IAlertStateStore<ChannelState>
{
    public Task SaveAsync(ChannelState state, IReadOnlyList<OutboxMessage> messages, IReadOnlyList<AlertEvent> events, CancellationToken cancel) =>
        store.SaveChannelStateAsync(state, messages, events, cancel);

    /// <summary>They went with the channel.</summary>
    public Task DeleteAsync(CancellationToken cancel) => Task.CompletedTask;
}
