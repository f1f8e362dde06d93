using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Grains;

/// <summary>Alerts that share messages. Not thread-safe.</summary>
internal sealed class AlertGroup
{
    /// <summary>After a message was given up its alerts are told again, but not at once: whatever refused them has most likely not changed.</summary>
    public const long RetellMs = 3_600_000;

    private readonly Dictionary<string, GroupedAlert> _alerts = [];

    private AlertGroup(string key, string scope, long openedMs)
    {
        Key = key;
        Scope = scope;
        OpenedMs = openedMs;
    }

    /// <summary>See <see cref="Notification.GroupKey"/>.</summary>
    public string Key { get; private set; }

    /// <summary>See <see cref="NotificationGroup"/>.</summary>
    public string Scope { get; }

    public long OpenedMs { get; private set; }

    public long? LastMessageMs { get; set; }

    /// <summary>See <see cref="Notification.Reference"/>.</summary>
    public string? Reference { get; set; }

    public int Count => _alerts.Count;

    /// <summary>May be changed while it is walked.</summary>
    public IReadOnlyList<GroupedAlert> Alerts => [.. _alerts.Values];

    public static AlertGroup Open(string scope, long nowMs, string? key = null) => new(key ?? NewKey(), scope, nowMs);

    public static AlertGroup From(NotificationGroup saved)
    {
        var group = new AlertGroup(saved.Key, saved.Scope, saved.OpenedMs) { LastMessageMs = saved.LastMessageMs, Reference = saved.Reference };
        foreach (GroupedAlert alert in saved.Alerts)
        {
            group._alerts[alert.Notice.IncidentKey] = alert;
        }
        return group;
    }

    public GroupedAlert? Find(string incident) => _alerts.GetValueOrDefault(incident);

    public void Put(GroupedAlert alert) => _alerts[alert.Notice.IncidentKey] = alert;

    public void Remove(GroupedAlert alert) => _alerts.Remove(alert.Notice.IncidentKey);

    /// <summary>All that was told is over and told: what comes now is another life, with another key and another thread.</summary>
    public void BeginAnew(long nowMs)
    {
        Key = NewKey();
        Reference = null;
        OpenedMs = nowMs;
    }

    /// <summary>Times that are still to come are now: because the clock was set back, or because what was put off need not be any more.</summary>
    /// <returns>Whether there were any.</returns>
    public bool NotAfter(long nowMs)
    {
        bool any = LastMessageMs > nowMs;
        LastMessageMs = any ? nowMs : LastMessageMs;
        foreach (GroupedAlert alert in Alerts.Where(a => a.SinceMs > nowMs || a.ToldMs > nowMs))
        {
            Put(alert with { SinceMs = Math.Min(alert.SinceMs, nowMs), ToldMs = alert.ToldMs > nowMs ? nowMs : alert.ToldMs });
            any = true;
        }
        return any;
    }

    public NotificationGroup Save() => new(Key, Scope, OpenedMs, LastMessageMs, Reference, Alerts);

    private static string NewKey() => "mg-" + Guid.NewGuid().ToString("N");
}
