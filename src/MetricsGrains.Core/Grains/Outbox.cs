using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Grains;

/// <summary>A channel's messages on their way. Not thread-safe.</summary>
internal sealed class Outbox
{
    private static readonly long s_dayMs = (long)SendBackoff.GiveUpAfter.TotalMilliseconds;

    private readonly Dictionary<Guid, OutboxMessage> _waiting = [];
    private readonly Dictionary<Guid, OutboxMessage> _touched = [];
    private long _quietUntilMs;

    public Outbox(IEnumerable<OutboxMessage> waiting)
    {
        foreach (OutboxMessage message in waiting)
        {
            _waiting[message.Id] = message;
        }
    }

    public int Count => _waiting.Count;

    /// <summary>Keys of the groups that have a message on its way.</summary>
    public HashSet<string> GroupKeys => [.. _waiting.Values.Select(m => m.Notification.GroupKey)];

    public OutboxMessage? Find(Guid id) => _waiting.GetValueOrDefault(id);

    public OutboxMessage? NextDue(long nowMs) => nowMs < _quietUntilMs ? null : _waiting.Values
        .Where(m => m.NextAttemptMs <= nowMs)
        .OrderByDescending(m => m.Notification.Severity).ThenBy(m => m.Notification.CreatedMs)
        .FirstOrDefault();

    public void Put(OutboxMessage message)
    {
        if (message.Status == OutboxStatus.Waiting)
        {
            _waiting[message.Id] = message;
        }
        else
        {
            _waiting.Remove(message.Id);
        }
        _touched[message.Id] = message;
    }

    /// <summary>Nothing goes for that long.</summary>
    public void KeepQuiet(TimeSpan time, long nowMs) => _quietUntilMs = Math.Max(_quietUntilMs, nowMs + (long)Math.Min(time.TotalMilliseconds, s_dayMs));

    /// <summary>Everything that waits for its next attempt goes now.</summary>
    public void Hurry(long nowMs)
    {
        _quietUntilMs = 0;
        foreach (OutboxMessage message in _waiting.Values.Where(m => m.NextAttemptMs > nowMs).ToList())
        {
            Put(message with { NextAttemptMs = nowMs });
        }
    }

    /// <summary>What would wait for longer than anything can, because the clock was set back, goes now.</summary>
    public void NotAfter(long nowMs)
    {
        _quietUntilMs = Math.Min(_quietUntilMs, nowMs + s_dayMs);
        foreach (OutboxMessage message in _waiting.Values.Where(m => m.NextAttemptMs > nowMs + s_dayMs).ToList())
        {
            Put(message with { NextAttemptMs = nowMs });
        }
    }

    /// <summary>Messages that are new or changed since this was last asked.</summary>
    public OutboxMessage[] TakeTouched()
    {
        OutboxMessage[] touched = [.. _touched.Values];
        _touched.Clear();
        return touched;
    }
}
