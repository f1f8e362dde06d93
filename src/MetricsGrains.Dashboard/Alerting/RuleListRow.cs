using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>A rule in the list.</summary>
public sealed record RuleListRow(AlertRuleStanding Standing)
{
    public AlertRule Rule => Standing.Rule;

    /// <summary>Phases of its instances, the gravest first, with how many are in each.</summary>
    public IReadOnlyList<KeyValuePair<AlertPhase, int>> Phases { get; } =
        [.. Standing.State.Instances.GroupBy(i => i.State.Phase).OrderByDescending(g => RankOf(g.Key)).Select(g => KeyValuePair.Create(g.Key, g.Count()))];

    /// <summary>How grave a phase is; greater is graver.</summary>
    public static int RankOf(AlertPhase phase) => phase switch
    {
        AlertPhase.Firing => 6,
        AlertPhase.NoData => 5,
        AlertPhase.Error => 4,
        AlertPhase.Pending => 3,
        AlertPhase.Muted => 2,
        AlertPhase.Resolved => 1,
        _ => 0,
    };

    public int Rank => !Rule.Enabled ? -1 : Standing is { Problem.Length: > 0, IsWaiting: false } ? Math.Max(4, WorstRank) : WorstRank;

    private int WorstRank => Phases.Count == 0 ? 0 : RankOf(Phases[0].Key);
}
