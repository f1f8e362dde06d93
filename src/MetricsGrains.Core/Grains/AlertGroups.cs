using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Grains;

/// <summary>A channel's groups, and where each incident is among them. Not thread-safe.</summary>
internal sealed class AlertGroups
{
    private readonly List<AlertGroup> _groups = [];
    private readonly Dictionary<string, AlertGroup> _byIncident = [];

    public AlertGroups(IEnumerable<NotificationGroup> saved)
    {
        foreach (NotificationGroup group in saved)
        {
            var read = AlertGroup.From(group);
            _groups.Add(read);
            foreach (GroupedAlert alert in read.Alerts)
            {
                _byIncident[alert.Notice.IncidentKey] = read;
            }
        }
    }

    public IReadOnlyList<AlertGroup> All => _groups;

    public IEnumerable<GroupedAlert> Alerts => _groups.SelectMany(g => g.Alerts);

    /// <summary>The group of an incident; null when the channel does not know it.</summary>
    public AlertGroup? OfIncident(string incident) => _byIncident.GetValueOrDefault(incident);

    /// <summary>The group that a new alert joins.</summary>
    public AlertGroup OfScope(string scope, long nowMs) => _groups.Find(g => g.Scope == scope) ?? Open(AlertGroup.Open(scope, nowMs));

    /// <summary>The group of a message, alive again if need be: under the message's key, and with a scope that nothing else joins.</summary>
    public AlertGroup OfMessage(Notification message, string? reference, long nowMs)
    {
        if (_groups.Find(g => g.Key == message.GroupKey) is { } alive)
        {
            return alive;
        }
        AlertGroup group = Open(AlertGroup.Open("again/" + message.GroupKey, nowMs, message.GroupKey));
        group.Reference = reference ?? message.Reference;
        return group;
    }

    public void Put(AlertGroup group, GroupedAlert alert)
    {
        group.Put(alert);
        _byIncident[alert.Notice.IncidentKey] = group;
    }

    public void Remove(AlertGroup group, GroupedAlert alert)
    {
        group.Remove(alert);
        _byIncident.Remove(alert.Notice.IncidentKey);
    }

    /// <summary>These incidents were taken out of their groups by a message that tells their end.</summary>
    public void Forget(IEnumerable<AlertNotice> ended)
    {
        foreach (AlertNotice notice in ended)
        {
            _byIncident.Remove(notice.IncidentKey);
        }
    }

    public void CloseEmpty() => _groups.RemoveAll(g => g.Count == 0);

    public IReadOnlyList<NotificationGroup> Save() => [.. _groups.Select(g => g.Save())];

    private AlertGroup Open(AlertGroup group)
    {
        _groups.Add(group);
        return group;
    }
}
