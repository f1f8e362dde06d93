using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>
/// A channel among alerts that come and go, silences, a receiver that fails and crashes at any moment; and what the receiver got, held against what
/// it should have got.
/// </summary>
internal sealed class ChannelWorld
{
    private const int Hosts = 8;
    private const long TickMs = 1_000;

    private readonly Random _random;
    private readonly string _seed;
    private readonly ChannelRig _rig;
    private readonly double _failures;
    private readonly SimulatedAlert?[] _alerts = new SimulatedAlert?[Hosts];
    private readonly List<SimulatedAlert> _all = [];
    private readonly Dictionary<Guid, int> _arrivals = [];
    private readonly Dictionary<Guid, Notification> _messages = [];
    private int _sentAndNotSaved;
    private bool _calm;
    private bool _down;

    public ChannelWorld(int seed)
    {
        _random = new Random(seed);
        _seed = $"seed {seed}";
        _failures = seed % 3 == 0 ? 0 : 0.3;
        _rig = new ChannelRig(
            ChannelRig.Some() with
            {
                Grouping = (NotificationGrouping)_random.Next(1, 4),
                GroupWait = TimeSpan.FromSeconds(_random.Next(3) * 15),
                GroupInterval = TimeSpan.FromSeconds(_random.Next(3) * 60),
                RatePerMinute = 1_000,
            },
            seed);
    }

    /// <summary>When nothing that fails can have delayed it: the group's wait and interval, and what a crash may cost of notices.</summary>
    private long BoundMs => (long)(_rig.Channel.GroupWait + _rig.Channel.GroupInterval).TotalMilliseconds + 65_000;

    public async Task LiveAsync(int ticks)
    {
        for (int tick = 0; tick < ticks; tick++)
        {
            Change();
            await StepAsync();
            CheckPromptness();
        }
        // Everything ends, nothing fails any more: what is owed must come.
        _calm = true;
        _rig.Suppressions.Silenced.Clear();
        for (int host = 0; host < Hosts; host++)
        {
            EndAlert(host);
        }
        for (int tick = 0; tick < 1_000; tick++)
        {
            await StepAsync();
        }
        CheckAccounts();
    }

    private void Change()
    {
        int host = _random.Next(Hosts);
        _down = _failures > 0 && (_random.Next(150) == 0 ? !_down : _down);
        switch (_random.Next(60))
        {
            case 0 when _alerts[host] is null:
                _alerts[host] = new SimulatedAlert("h" + host, _rig.Now, _random.Next(60));
                _all.Add(_alerts[host]!);
                break;
            case 1 when _random.Next(3) == 0:
                EndAlert(host);
                break;
            case 2:
                string instance = "host:h" + host;
                if (!_rig.Suppressions.Silenced.Remove(instance))
                {
                    _rig.Suppressions.Silenced[instance] = new Suppression(SuppressionReason.Silence, "ann", Guid.NewGuid());
                }
                break;
            case 3 when _random.Next(4) == 0:
                _rig.Crash();
                break;
        }
    }

    private void EndAlert(int host)
    {
        if (_alerts[host] is { } alert)
        {
            alert.EndedMs = _rig.Now;
            _alerts[host] = null;
        }
    }

    private async Task StepAsync()
    {
        foreach (SimulatedAlert alert in _all)
        {
            alert.Watch(_rig.Now, _rig.Suppressions.Silenced.ContainsKey("host:" + alert.Host));
        }
        // Each alert's rule has its own second of the minute; an end is told for a quarter of an hour.
        foreach (SimulatedAlert alert in _all.Where(a => _rig.Now / 1_000 % 60 == a.Second && (a.EndedMs is null || _rig.Now - a.EndedMs < 900_000)))
        {
            ChannelOutcome taken = _rig.Grain.Notify([alert.Notice(_rig.Now)], _rig.Now);
            if (!CrashNow())
            {
                _rig.Save(taken);
            }
        }
        ChannelOutcome looked = await _rig.Grain.TickAsync(_rig.Now, CancellationToken.None);
        if (!CrashNow())
        {
            _rig.Save(looked);
            foreach (OutboxMessage made in looked.Messages)
            {
                _messages[made.Id] = made.Notification;
            }
            Send();
        }
        _rig.Now += TickMs;
    }

    private void Send()
    {
        while (!CrashNow() && _rig.Grain.NextDue(_rig.Now) is { } due)
        {
            bool fails = !_calm && (_down || _random.NextDouble() < _failures);
            if (!fails)
            {
                Check.That(_rig.SavedMessages.ContainsKey(due.Id), $"{_seed}: a message was sent that was not saved");
                Arrive(due.Notification);
            }
            ChannelOutcome done = _rig.Grain.Complete(due.Id, fails ? SendOutcome.Retry("500") : SendOutcome.Delivered("ok"), _rig.Now);
            if (CrashNow())
            {
                _sentAndNotSaved += fails ? 0 : 1;
                return;
            }
            _rig.Save(done);
        }
    }

    private bool CrashNow()
    {
        bool crashes = !_calm && _random.Next(400) == 0;
        if (crashes)
        {
            _rig.Crash();
        }
        return crashes;
    }

    private void Arrive(Notification message)
    {
        _arrivals[message.Id] = _arrivals.GetValueOrDefault(message.Id) + 1;
        foreach (AlertNotice notice in message.Alerts.Where(a => message.Changed.Contains(a.IncidentKey)))
        {
            SimulatedAlert alert = _all.Single(a => a.IncidentKey == notice.IncidentKey);
            Check.That(notice.IsAlerting || alert.Told.Count > 0, $"{_seed}: {alert.Host} of {alert.IncidentMs} ended, and was never told");
            Check.That(!notice.IsAlerting || alert.TellableAt(message.CreatedMs), $"{_seed}: {alert.Host} of {alert.IncidentMs} was told while it was silenced");
            (notice.IsAlerting ? alert.Told : alert.EndTold).Add(message.Id);
        }
    }

    private void CheckPromptness()
    {
        foreach (IGrouping<string, OutboxMessage> group in _rig.SavedMessages.Values.Where(m => m.Status == OutboxStatus.Waiting).GroupBy(m => m.Notification.GroupKey))
        {
            Check.That(group.Count() == 1, $"{_seed}: a group has {group.Count()} messages under way");
        }
        foreach (SimulatedAlert alert in _failures > 0 ? [] : _all.Where(a => a.EndedMs is not null && a.Told.Count > 0 && a.EndTold.Count == 0))
        {
            Check.That(_rig.Now - alert.EndedMs <= BoundMs, $"{_seed}: the end of {alert.Host} of {alert.IncidentMs} is untold since {_rig.Now - alert.EndedMs} ms, more than {BoundMs}");
        }
        foreach (SimulatedAlert alert in _failures > 0 ? [] : _all.Where(a => a.EndedMs is null && a.TellableSinceMs is not null && a.Told.Count == 0))
        {
            Check.That(_rig.Now - alert.TellableSinceMs <= BoundMs, $"{_seed}: {alert.Host} of {alert.IncidentMs} fires untold since {_rig.Now - alert.TellableSinceMs} ms, more than {BoundMs}");
        }
    }

    private void CheckAccounts()
    {
        foreach (SimulatedAlert alert in _all)
        {
            Check.That(alert.Told.Count <= 1, $"{_seed}: {alert.Host} of {alert.IncidentMs} was told by {alert.Told.Count} messages");
            Check.That(alert.EndTold.Count == alert.Told.Count, $"{_seed}: {alert.Host} of {alert.IncidentMs} was told {alert.Told.Count} times, its end {alert.EndTold.Count} times");
        }
        int again = _arrivals.Values.Sum(n => n - 1);
        Check.That(again <= _sentAndNotSaved, $"{_seed}: {again} messages arrived again, but only {_sentAndNotSaved} crashes came between sending and saving");
        foreach (IGrouping<string, Notification> group in _messages.Values.GroupBy(m => m.GroupKey))
        {
            long[] times = [.. group.Select(m => m.CreatedMs).Order()];
            Check.That(times.Zip(times.Skip(1)).All(p => p.Second - p.First >= (long)_rig.Channel.GroupInterval.TotalMilliseconds), $"{_seed}: messages of a group came closer than the interval");
        }
        Check.That(_rig.Grain.Waiting == 0 && _rig.SavedState.Groups.Count == 0, $"{_seed}: {_rig.Grain.Waiting} messages and {_rig.SavedState.Groups.Count} groups are left");
    }
}
