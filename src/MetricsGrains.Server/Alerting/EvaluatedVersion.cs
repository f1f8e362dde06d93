using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting;

/// <summary>The version of a rule that its state was evaluated with: what an edit meanwhile means for the state hangs on it.</summary>
internal static class EvaluatedVersion
{
    /// <returns>Null: it is not known any more.</returns>
    public static async Task<AlertRule?> FindAsync(IAlertRuleStore store, AlertRule rule, AlertRuleState state, CancellationToken cancel) =>
        state.RuleVersion == 0 || state.RuleVersion == rule.Version
            ? rule
            : (await store.ListVersionsAsync(rule.Id, cancel)).FirstOrDefault(v => v.Rule.Version == state.RuleVersion)?.Rule;
}
