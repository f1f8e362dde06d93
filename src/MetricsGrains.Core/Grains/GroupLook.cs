using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Grains;

/// <summary>One look at a group: what of it there is to tell, what keeps that back, when it goes, and the message it becomes.</summary>
internal sealed class GroupLook(AlertGroup group, Channel channel, ISuppressions suppressions, ChannelHistory history, long nowMs)
{
    private readonly List<GroupedAlert> _news = [];
    private readonly List<GroupedAlert> _repeats = [];
    private readonly List<GroupedAlert> _ends = [];
    private bool _acknowledged;

    public AlertGroup Group => group;

    /// <summary>Something of the group's state changed.</summary>
    public bool Changed { get; private set; }

    /// <summary>The greatest severity of what there is to tell.</summary>
    public AlertSeverity Severity => _news.Concat(_repeats).Concat(_ends).Select(a => a.Notice.Severity).DefaultIfEmpty(AlertSeverity.Info).Max();

    /// <summary>When what there is to tell goes, Unix ms; null when there is nothing.</summary>
    public long? DueMs
    {
        get
        {
            if (_news.Count + _repeats.Count + _ends.Count == 0)
            {
                return _acknowledged ? nowMs : null;
            }
            // A burst is waited for whether it opens the group or joins it.
            long gathered = _news.Count == 0 ? 0 : _news.Min(a => a.SinceMs) + (long)channel.GroupWait.TotalMilliseconds;
            return group.LastMessageMs is { } last ? Math.Max(gathered, last + (long)channel.GroupInterval.TotalMilliseconds) : gathered;
        }
    }

    public async ValueTask LookAsync(CancellationToken cancel)
    {
        foreach (GroupedAlert alert in group.Alerts)
        {
            if (alert.SinceMs > nowMs)
            {
                continue;
            }
            if (!alert.Notice.IsAlerting)
            {
                // The end of what was told is told whatever is silenced: else an incident would stay open for ever.
                _ends.Add(alert);
            }
            else if (alert.Told is null || IsToRepeat(alert))
            {
                if (await WhyNotAsync(alert, cancel) is { } suppression)
                {
                    HoldBack(alert, suppression, "");
                }
                else
                {
                    (alert.Told is null ? _news : _repeats).Add(Release(alert));
                }
            }
        }
        _acknowledged = TellsAcknowledgements && AllAreAcknowledged();
    }

    /// <summary>What there is to tell has to wait.</summary>
    public void HoldBack(SuppressionReason reason, string why)
    {
        foreach (GroupedAlert alert in _news.Concat(_repeats))
        {
            HoldBack(alert, new Suppression(reason, ""), why);
        }
    }

    /// <summary>The group's next message; its alerts count as told from now on.</summary>
    public Notification Compose(string baseUrl)
    {
        // What is only repeated stands in the message anyway; it is what the message is about when there is nothing new.
        string[] changed = [.. (_news.Count + _ends.Count > 0 ? _news.Concat(_ends) : _repeats).Select(a => a.Notice.IncidentKey)];
        foreach (GroupedAlert alert in _ends)
        {
            group.Remove(alert);
        }
        foreach (GroupedAlert alert in _news)
        {
            group.Put(alert with { Told = alert.Notice.Status });
        }
        // They all stand in the message, so they are all told by it.
        GroupedAlert[] going = [.. group.Alerts.Where(a => a.Told is not null)];
        bool acknowledgement = changed.Length == 0;
        foreach (GroupedAlert alert in going)
        {
            group.Put(alert with { Told = alert.Notice.Status, ToldMs = acknowledgement ? alert.ToldMs : nowMs, Suppression = null, AcknowledgementTold = acknowledgement || alert.AcknowledgementTold });
        }
        IEnumerable<AlertNotice> alerts = going.Concat(_ends).Select(a => a.Notice).OrderByDescending(a => a.IsAlerting).ThenByDescending(a => a.Severity).ThenBy(a => a.IncidentMs).ThenBy(a => a.Instance, StringComparer.Ordinal);
        var message = new Notification(Guid.NewGuid(), channel.Id, group.Key, ReasonOf(going.Length), [.. alerts], acknowledgement ? [.. going.Select(a => a.Notice.IncidentKey)] : changed, group.Reference, baseUrl, nowMs);
        if (!acknowledgement)
        {
            group.LastMessageMs = nowMs;
        }
        if (going.Length == 0)
        {
            group.BeginAnew(nowMs);
        }
        Changed = true;
        return message;
    }

    private bool TellsAcknowledgements => channel.Type is ChannelType.PagerDuty or ChannelType.Slack;

    private NotificationReason ReasonOf(int going) =>
        _news.Count > 0 ? NotificationReason.Fired
        : _ends.Count > 0 ? (going > 0 ? NotificationReason.Changed : NotificationReason.Resolved)
        : _repeats.Count > 0 ? NotificationReason.Repeated
        : NotificationReason.Acknowledged;

    private bool IsToRepeat(GroupedAlert alert) =>
        alert.Notice.Acknowledged is null && alert.Notice.RepeatInterval > TimeSpan.Zero && nowMs - (alert.ToldMs ?? nowMs) >= (long)alert.Notice.RepeatInterval.TotalMilliseconds;

    private bool AllAreAcknowledged()
    {
        // A message stands for the whole group: one that says "taken on" must not hide an alert that nobody took on.
        GroupedAlert[] told = [.. group.Alerts.Where(a => a.Told is not null && a.Notice.IsAlerting)];
        return told.Length > 0 && told.All(a => a.Notice.Acknowledged is not null) && told.Any(a => !a.AcknowledgementTold);
    }

    private async ValueTask<Suppression?> WhyNotAsync(GroupedAlert alert, CancellationToken cancel)
    {
        if (!channel.Enabled)
        {
            return new Suppression(SuppressionReason.ChannelDisabled, "");
        }
        if (alert.Notice.Muted)
        {
            return new Suppression(SuppressionReason.Mute, "");
        }
        if (alert.Notice.Acknowledged is { } acknowledged)
        {
            return new Suppression(SuppressionReason.Acknowledged, acknowledged.By);
        }
        return await suppressions.FindAsync(alert.Notice, nowMs, cancel);
    }

    /// <summary>Nothing but the group keeps it back any more.</summary>
    private GroupedAlert Release(GroupedAlert alert)
    {
        if (alert.Suppression is null or { Reason: SuppressionReason.Grouping or SuppressionReason.RateLimit })
        {
            return alert;
        }
        GroupedAlert released = alert with { Suppression = null, SinceMs = nowMs };
        group.Put(released);
        Changed = true;
        return released;
    }

    private void HoldBack(GroupedAlert alert, Suppression suppression, string why)
    {
        if (alert.Suppression is { } known && known.Reason == suppression.Reason && known.ById == suppression.ById)
        {
            return;
        }
        history.AddSuppressed(channel, alert.Notice, suppression, why, nowMs);
        group.Put(alert with { Suppression = suppression });
        Changed = true;
    }
}
