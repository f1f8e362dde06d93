using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Grains;

/// <summary>The events of one channel since they were last taken. Not thread-safe.</summary>
internal sealed class ChannelHistory
{
    private readonly List<AlertEvent> _events = [];

    public AlertEvent[] Take()
    {
        AlertEvent[] taken = [.. _events];
        _events.Clear();
        return taken;
    }

    /// <summary>One event for each alert that the message is about, so that each alert's history is whole.</summary>
    public void AddEach(AlertEventKind kind, Channel channel, Notification message, string detail, long nowMs, string by = "")
    {
        HashSet<string> about = [.. message.Changed];
        foreach (AlertNotice notice in message.Alerts.Where(a => about.Contains(a.IncidentKey)))
        {
            _events.Add(Of(kind, channel, notice, detail, nowMs) with { By = by });
        }
    }

    /// <summary>One event for the message as a whole.</summary>
    public void AddOne(AlertEventKind kind, Channel channel, string detail, long nowMs) =>
        _events.Add(new AlertEvent { AtMs = nowMs, Kind = kind, ChannelId = channel.Id, ChannelName = channel.Name, Detail = detail });

    public void AddSuppressed(Channel channel, AlertNotice notice, Suppression suppression, string detail, long nowMs) =>
        _events.Add(Of(AlertEventKind.NotificationSuppressed, channel, notice, detail, nowMs) with { Suppression = suppression.Reason, By = suppression.By });

    private static AlertEvent Of(AlertEventKind kind, Channel channel, AlertNotice notice, string detail, long nowMs) => new()
    {
        AtMs = nowMs,
        Kind = kind,
        RuleId = notice.RuleId,
        RuleName = notice.RuleName,
        Instance = notice.Instance,
        Value = notice.Value,
        IncidentMs = notice.IncidentMs,
        ChannelId = channel.Id,
        ChannelName = channel.Name,
        Detail = detail,
    };
}
