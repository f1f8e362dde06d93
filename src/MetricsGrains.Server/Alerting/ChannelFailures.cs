using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Alerting;

/// <summary>Channels that don't deliver, and what others are told of it: begin and end go to whom <see cref="ChannelFallback"/> says.</summary>
internal sealed class ChannelFailures
{
    private readonly Dictionary<Guid, AlertNotice> _notices;
    private readonly Dictionary<Guid, IReadOnlyList<Channel>> _listeners;

    /// <param name="notices">Of those that fail; the channel's id is in the place of a rule's.</param>
    public ChannelFailures(IEnumerable<AlertNotice> notices, IReadOnlyList<Channel> channels)
    {
        _notices = notices.GroupBy(n => n.RuleId).ToDictionary(n => n.Key, n => n.First());
        HashSet<Guid> failing = [.. _notices.Keys];
        _listeners = channels.Where(c => failing.Contains(c.Id)).ToDictionary(c => c.Id, c => ChannelFallback.ListenersOf(c, channels, failing));
    }

    public IReadOnlyCollection<Guid> Failing => _notices.Keys;

    public IReadOnlyList<Channel> ListenersOf(Guid failing) => _listeners.GetValueOrDefault(failing, []);

    /// <summary>What a channel has to hear of the others.</summary>
    /// <param name="alerting">What it takes for going on.</param>
    /// <param name="isKnown">Whether it is known how a channel is, so that one that is not failing delivers.</param>
    public IReadOnlyList<AlertNotice> NewsFor(Guid listener, IReadOnlyList<AlertNotice> alerting, Func<Guid, bool> isKnown, long nowMs)
    {
        IEnumerable<AlertNotice> begin = _notices.Values.Where(n => ListenersOf(n.RuleId).Any(l => l.Id == listener));
        IEnumerable<AlertNotice> end = alerting
            .Where(n => ChannelFailure.IsOne(n) && isKnown(n.RuleId) && !(_notices.TryGetValue(n.RuleId, out AlertNotice? still) && still.IncidentKey == n.IncidentKey))
            .Select(n => n with { Status = AlertStatus.Resolved, EndedMs = Math.Max(n.IncidentMs, nowMs), AtMs = nowMs, Message = "The channel delivers again, or is gone." });
        return [.. begin, .. end];
    }
}
