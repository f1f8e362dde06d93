using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>All rules and their instances as of one moment.</summary>
public sealed class AlertSnapshot(IReadOnlyList<AlertRuleStanding> rules, long atMs)
{
    public static readonly AlertSnapshot Empty = new([], 0);

    /// <summary>By name.</summary>
    public IReadOnlyList<AlertRuleStanding> Rules => rules;

    /// <summary>Unix ms.</summary>
    public long AtMs => atMs;

    /// <summary>Alerts that somebody is or was told of: firing or without data, and not muted.</summary>
    public int FiringCount { get; } = Firing(rules).Count();

    /// <summary>The greatest severity among those that fire; null when none does.</summary>
    public AlertSeverity? Worst { get; } = Firing(rules).Max(r => (AlertSeverity?)r.Rule.Severity);

    private static IEnumerable<AlertRuleStanding> Firing(IEnumerable<AlertRuleStanding> rules) =>
        rules.SelectMany(r => r.State.Instances.Where(i => i.State.IsAlerting && i.State.Phase != AlertPhase.Muted).Select(_ => r));
}
