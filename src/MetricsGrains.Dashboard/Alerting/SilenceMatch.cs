using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>What a silence matches of all that is there now, whether its time has come or not.</summary>
/// <param name="Alerting">Those that fire or lack data, by rule.</param>
/// <param name="Others">Instances that match and are well.</param>
/// <param name="Total">Instances there are, matching or not.</param>
public sealed record SilenceMatch(IReadOnlyList<(AlertRule Rule, AlertInstance Instance)> Alerting, int Others, int Total)
{
    public static readonly SilenceMatch None = new([], 0, 0);

    public static SilenceMatch Of(Silence silence, AlertSnapshot snapshot)
    {
        var alerting = new List<(AlertRule, AlertInstance)>();
        int others = 0, total = 0;
        foreach (AlertRuleStanding standing in snapshot.Rules)
        {
            foreach (AlertInstance instance in standing.State.Instances)
            {
                total++;
                if (!SilenceMatching.Matches(silence, InstanceLabels.Of(standing.Rule, instance)))
                {
                    continue;
                }
                if (instance.State.IsAlerting)
                {
                    alerting.Add((standing.Rule, instance));
                }
                else
                {
                    others++;
                }
            }
        }
        return new SilenceMatch(alerting, others, total);
    }
}
