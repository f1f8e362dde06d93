namespace MetricsGrains.Core.Alerting;

/// <summary>
/// How many messages a channel with the usual grouping would send: the first waits 30 s for others, more come 5 min apart. An incident
/// that is over before its message is due is not told at all.
/// </summary>
/// <param name="Total">Messages that tell of something new that fires.</param>
/// <param name="Reminders">Messages that only repeat.</param>
/// <param name="OfGroups">For each group how many messages told that it began to fire.</param>
internal sealed record PreviewPages(int Total, int Reminders, IReadOnlyList<int> OfGroups)
{
    private const long WaitMs = 30_000;
    private const long IntervalMs = 300_000;

    /// <param name="firings">For each group its incidents, in time order.</param>
    /// <param name="repeat">See <see cref="AlertRule.RepeatInterval"/>.</param>
    public static PreviewPages Of(IReadOnlyList<IReadOnlyList<PreviewFiring>> firings, TimeSpan repeat)
    {
        var walk = new Walk(firings.Count, (long)repeat.TotalMilliseconds);
        var changes = new List<(long AtMs, int Group, bool Begins)>();
        for (int group = 0; group < firings.Count; group++)
        {
            foreach (PreviewFiring firing in firings[group])
            {
                changes.Add((firing.FromMs, group, true));
                // What goes on at the end was told shortly after; its message counts though it is due after the preview's end.
                changes.Add((firing.Ongoing ? firing.ToMs + WaitMs + IntervalMs : firing.ToMs, group, false));
            }
        }
        changes.Sort();
        foreach ((long at, int group, bool begins) in changes)
        {
            walk.SendUntil(at);
            walk.Change(group, begins, at);
        }
        return new PreviewPages(walk.Pages, walk.Reminders, walk.OfGroups);
    }

    private sealed class Walk(int groups, long repeatMs)
    {
        private readonly HashSet<int> _untold = [];
        private readonly HashSet<int> _told = [];
        private readonly HashSet<int> _endings = [];
        private long _openedMs;
        private long? _lastMs;

        public int Pages { get; private set; }

        public int Reminders { get; private set; }

        public int[] OfGroups { get; } = new int[groups];

        public void Change(int group, bool begins, long at)
        {
            if (begins)
            {
                if (_untold.Count + _told.Count == 0)
                {
                    (_openedMs, _lastMs) = (at, null);
                }
                _untold.Add(group);
            }
            else if (!_untold.Remove(group) || _told.Contains(group))
            {
                _endings.Add(group);
            }
        }

        /// <summary>Sends whatever is due before <paramref name="untilMs"/>.</summary>
        public void SendUntil(long untilMs)
        {
            while (DueMs() is { } due && due < untilMs)
            {
                Send(due);
            }
        }

        private long? DueMs()
        {
            if (_untold.Count + _endings.Count > 0)
            {
                return _lastMs is { } last ? last + IntervalMs : _openedMs + WaitMs;
            }
            // Each message shows everything that goes on, so all of it was last told with the last one.
            return repeatMs > 0 && _told.Count > 0 ? _lastMs + repeatMs : null;
        }

        private void Send(long at)
        {
            if (_untold.Count > 0)
            {
                Pages++;
            }
            else if (_endings.Count == 0)
            {
                Reminders++;
            }
            _told.ExceptWith(_endings);
            _told.UnionWith(_untold);
            foreach (int group in _untold)
            {
                OfGroups[group]++;
            }
            _untold.Clear();
            _endings.Clear();
            _lastMs = at;
        }
    }
}
