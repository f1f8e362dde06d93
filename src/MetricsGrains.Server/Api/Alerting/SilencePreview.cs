using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>What a silence matches as things stand.</summary>
internal sealed record SilencePreview(IReadOnlyList<(AlertRule Rule, AlertInstance Instance)> Matched)
{
    /// <summary>Instances that are listed at most; all are counted.</summary>
    private const int MaxListed = 200;

    public static SilencePreview Of(Silence silence, IReadOnlyList<AlertRuleStanding> standings, long nowMs)
    {
        var matched = new List<(AlertRule, AlertInstance)>();
        foreach (AlertRuleStanding standing in standings)
        {
            var notices = new AlertNotices(standing.Rule, "");
            matched.AddRange(standing.State.Instances.Where(i => SilenceMatching.Matches(silence, AlertLabels.Of(notices.Of(i, "", [], muted: false, nowMs)))).Select(i => (standing.Rule, i)));
        }
        return new SilencePreview([.. matched.OrderByDescending(m => m.Item2.State.IsAlerting).ThenByDescending(m => m.Item2.State.Held == AlertPhase.Pending).ThenByDescending(m => m.Item1.Severity)]);
    }

    public object Json() => new
    {
        firing = Matched.Count(m => m.Instance.State.IsAlerting),
        instances = Matched.Count,
        rules = Matched.Select(m => m.Rule.Name).Distinct().Order(StringComparer.OrdinalIgnoreCase),
        alerts = Matched.Take(MaxListed).Select(m => new
        {
            rule_id = m.Rule.Id,
            rule = m.Rule.Name,
            severity = AlertNames.Of(m.Rule.Severity),
            tags = new Dictionary<string, string>(m.Instance.Tags.ToPairs()),
            state = RuleJson.NameOf(m.Instance.State.Held),
        }),
    };
}
