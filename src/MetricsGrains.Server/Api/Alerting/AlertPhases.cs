using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>What phase a rule is in, of which each instance has its own.</summary>
internal static class AlertPhases
{
    // What somebody should look at comes first.
    private static readonly AlertPhase[] s_worstFirst = [AlertPhase.Firing, AlertPhase.NoData, AlertPhase.Error, AlertPhase.Pending, AlertPhase.Muted, AlertPhase.Resolved];

    public static AlertPhase WorstOf(AlertRule rule, AlertRuleState? state)
    {
        if (state is null || !rule.Enabled)
        {
            return AlertPhase.Inactive;
        }
        AlertPhase worst = s_worstFirst.FirstOrDefault(p => state.Instances.Any(i => i.State.Phase == p), AlertPhase.Inactive);
        return worst == AlertPhase.Inactive && state.Mute is not null ? AlertPhase.Muted : worst;
    }
}
