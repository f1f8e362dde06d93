namespace MetricsGrains.Core.Alerting;

/// <summary>
/// A channel of one rule as <see cref="Grains.ChannelGrain"/> works, without what a preview can't know: every message is delivered at once, and nothing is
/// silenced or acknowledged. It goes from message to message rather than from second to second. Not thread-safe.
/// </summary>
internal sealed class PreviewChannel(int groups, long repeatMs)
{
    // As a new channel has them; see Channel.
    private const long WaitMs = 30_000;
    private const long IntervalMs = 300_000;

    private readonly Dictionary<int, Incident> _going = [];
    private readonly List<long> _untold = [];
    private int _ends;
    private long _endedMs;
    private long? _lastMs;

    public int Pages { get; private set; }

    public int Reminders { get; private set; }

    public int[] OfGroups { get; } = new int[groups];

    /// <summary>Takes in what one evaluation changed.</summary>
    public void Change(IEnumerable<(int Group, bool Begins)> changes, long atMs)
    {
        foreach ((int group, bool begins) in changes)
        {
            if (begins)
            {
                _going[group] = new Incident(atMs, ToldMs: null);
                continue;
            }
            // Whoever was not told that it began need not hear that it ended.
            if (_going[group].ToldMs is not null)
            {
                (_ends, _endedMs) = (_ends + 1, _ends == 0 ? atMs : _endedMs);
            }
            _going.Remove(group);
        }
        CloseIfEmpty();
    }

    /// <summary>Sends what is due before <paramref name="untilMs"/>.</summary>
    public void SendUntil(long untilMs)
    {
        while (DueMs() is { } due && due < untilMs)
        {
            Send(due);
        }
    }

    /// <summary>Sends what is new, whenever that is due.</summary>
    public void SendNews()
    {
        if (_going.Values.Any(i => i.ToldMs is null) && DueMs() is { } due)
        {
            Send(due);
        }
    }

    private long? DueMs()
    {
        long after = _lastMs is { } last ? last + IntervalMs : long.MinValue;
        _untold.Clear();
        _untold.AddRange(_going.Values.Where(i => i.ToldMs is null).Select(i => i.SinceMs));
        if (_untold.Count > 0)
        {
            return Math.Max(_untold.Min() + WaitMs, after);
        }
        if (_ends > 0)
        {
            // An end waits for nothing but its distance from the message before.
            return Math.Max(_endedMs, after);
        }
        return repeatMs > 0 && _going.Count > 0 ? Math.Max(_going.Values.Min(i => i.ToldMs!.Value) + repeatMs, after) : null;
    }

    private void Send(long atMs)
    {
        bool news = false;
        foreach ((int group, Incident incident) in _going.ToArray())
        {
            if (incident.ToldMs is null)
            {
                news = true;
                OfGroups[group]++;
            }
            // Each message shows all that goes on, so all of it is told by it.
            _going[group] = incident with { ToldMs = atMs };
        }
        if (news)
        {
            Pages++;
        }
        else if (_ends == 0)
        {
            Reminders++;
        }
        _ends = 0;
        _lastMs = atMs;
        CloseIfEmpty();
    }

    // What comes after that is another group, which has no message to keep its distance from.
    private void CloseIfEmpty()
    {
        if (_going.Count + _ends == 0)
        {
            _lastMs = null;
        }
    }

    private readonly record struct Incident(long SinceMs, long? ToldMs);
}
