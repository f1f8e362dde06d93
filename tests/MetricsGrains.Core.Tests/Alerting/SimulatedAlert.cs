using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>One incident, and what a receiver heard of it.</summary>
internal sealed class SimulatedAlert(string host, long incidentMs, int second)
{
    private readonly List<(long AtMs, bool Silenced)> _watched = [];

    public string Host => host;

    public long IncidentMs => incidentMs;

    /// <summary>Of the minute, in which its rule is evaluated.</summary>
    public int Second => second;

    public string IncidentKey { get; } = ChannelRig.Notice(host, incidentMs).IncidentKey;

    public long? EndedMs { get; set; }

    /// <summary>Since when nothing keeps it from being told; null while something does.</summary>
    public long? TellableSinceMs { get; private set; } = incidentMs;

    /// <summary>Messages that said that it began.</summary>
    public HashSet<Guid> Told { get; } = [];

    /// <summary>Messages that said that it ended.</summary>
    public HashSet<Guid> EndTold { get; } = [];

    public AlertNotice Notice(long nowMs) => ChannelRig.Notice(host, incidentMs, EndedMs is null ? AlertStatus.Firing : AlertStatus.Resolved) with { AtMs = nowMs, EndedMs = EndedMs, RepeatInterval = TimeSpan.Zero };

    public void Watch(long nowMs, bool silenced)
    {
        if (_watched.Count == 0 || _watched[^1].Silenced != silenced)
        {
            _watched.Add((nowMs, silenced));
        }
        TellableSinceMs = silenced ? null : TellableSinceMs ?? nowMs;
    }

    /// <summary>Whether nothing kept it from being told at a time.</summary>
    public bool TellableAt(long atMs) => !_watched.Last(w => w.AtMs <= atMs).Silenced;
}
