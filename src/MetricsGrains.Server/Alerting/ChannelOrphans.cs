using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// What a channel takes for going on although no rule tells it so: a crash may have come between a rule's last word and the channel's hearing it, and
/// what nobody ends stays open for ever. Only what was so at the last look too is ended, for the rule's own last word may be on its way.
/// </summary>
internal sealed class ChannelOrphans
{
    private HashSet<string> _suspects = [];

    public static string WhyOrphaned(AlertRule? rule) =>
        rule is null ? "the rule was deleted" : rule.Enabled ? "the rule does not tell this channel of it any more" : "the rule was disabled";

    /// <param name="untold">What goes on for the channel, and no rule tells it now.</param>
    /// <param name="why">Given the rule's id.</param>
    /// <returns>The ends to tell the channel.</returns>
    public IReadOnlyList<AlertNotice> Look(IReadOnlyList<AlertNotice> untold, Func<Guid, string> why, long nowMs)
    {
        AlertNotice[] orphans = [.. untold.Where(n => _suspects.Contains(n.IncidentKey))];
        _suspects = [.. untold.Except(orphans).Select(n => n.IncidentKey)];
        return [.. orphans.Select(n => n with { Status = AlertStatus.Resolved, EndedMs = Math.Max(n.IncidentMs, nowMs), AtMs = nowMs, Message = why(n.RuleId) })];
    }
}
