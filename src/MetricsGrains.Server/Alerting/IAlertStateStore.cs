using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>Where the state of one rule or channel is kept.</summary>
internal interface IAlertStateStore<in TState>
{
    /// <summary>Replaces the state, inserts or replaces the messages by their id, appends the events. Safe to repeat, whatever became of it.</summary>
    /// <exception cref="StoreUnavailableException">The outcome is unknown.</exception>
    /// <exception cref="SupersededException">Another activation of the grain has written since: this one must tell nobody anything more.</exception>
    Task SaveAsync(TState state, IReadOnlyList<OutboxMessage> messages, IReadOnlyList<AlertEvent> events, CancellationToken cancel);

    /// <summary>Of one that is gone for good.</summary>
    Task DeleteAsync(CancellationToken cancel);
}
