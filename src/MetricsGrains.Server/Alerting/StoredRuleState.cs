using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>A rule's state in the alert store.</summary>
internal sealed class StoredRuleState(IAlertRuleStore store, Guid ruleId) : IAlertStateStore<AlertRuleState>
{
    public Task SaveAsync(AlertRuleState state, IReadOnlyList<OutboxMessage> messages, IReadOnlyList<AlertEvent> events, CancellationToken cancel) =>
        store.SaveRuleStateAsync(state, events, cancel);

    public Task DeleteAsync(CancellationToken cancel) => store.DeleteRuleStateAsync(ruleId, cancel);
}
