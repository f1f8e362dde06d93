using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Grains;

/// <summary>
/// One notification channel: which alerts it was told of, which of them become messages and when, and its outbox. Not thread-safe: its host runs
/// one call at a time. It sends nothing and saves nothing: each call says what there is to save, and <see cref="NextDue"/> what there is to send once
/// that is saved.
/// </summary>
/// <remarks>Times are arguments, Unix ms. A message may be sent twice, when a crash comes between sending and saving: then with the same id and group key.</remarks>
public sealed class ChannelGrain
{
    private readonly ISuppressions _suppressions;
    private readonly string _baseUrl;
    private readonly Random _random;
    private readonly ChannelHistory _history = new();
    private readonly AlertGroups _groups;
    private readonly Outbox _outbox;
    private TokenBucket _tokens;
    private int _failedInARow;
    private long _failingSinceMs;
    private string _lastAnswer;
    private long _lastTickMs;
    private bool _changed;

    /// <param name="state">As it was saved last; <see cref="ChannelState.New"/> when it never was.</param>
    /// <param name="waiting">The messages that were saved as waiting.</param>
    /// <param name="baseUrl">The dashboard's public address without a slash at its end; empty when it is not known.</param>
    /// <param name="random">For the jitter of retries.</param>
    public ChannelGrain(Channel channel, ChannelState state, IReadOnlyList<OutboxMessage> waiting, ISuppressions suppressions, string baseUrl, Random random, long nowMs)
    {
        Channel = channel;
        State = state;
        _suppressions = suppressions;
        _baseUrl = baseUrl;
        _random = random;
        _tokens = NewTokens(channel, nowMs);
        _failedInARow = state.FailedInARow;
        IsFailing = state.FailureTold;
        _failingSinceMs = state.FailingSinceMs;
        _lastAnswer = waiting.Select(m => m.Answer).LastOrDefault(a => a.Length > 0) ?? "";
        _groups = new AlertGroups(state.Groups);
        _outbox = new Outbox(waiting);
        SetClockBack(nowMs);
    }

    public Channel Channel { get; private set; }

    public ChannelState State { get; private set; }

    /// <summary>Messages on their way.</summary>
    public int Waiting => _outbox.Count;

    /// <summary>The channel does not deliver: <see cref="ChannelFailure.FailuresInARow"/> attempts failed, or a message was given up.</summary>
    public bool IsFailing { get; private set; }

    /// <summary>The newest notice of every alert that the channel takes for going on, told or kept back.</summary>
    public IReadOnlyList<AlertNotice> Alerting => [.. _groups.Alerts.Select(a => a.Notice).Where(n => n.IsAlerting)];

    /// <summary>Goes by other settings, and tries at once what failed with the old ones.</summary>
    public ChannelOutcome Edit(Channel channel, long nowMs)
    {
        if (channel.RatePerMinute != Channel.RatePerMinute)
        {
            _tokens = NewTokens(channel, nowMs);
        }
        Channel = channel;
        _outbox.Hurry(nowMs);
        foreach (AlertGroup group in _groups.All)
        {
            _changed |= group.NotAfter(nowMs);
        }
        return Outcome();
    }

    /// <summary>Takes in how alerts stand. Repeating it changes nothing.</summary>
    public ChannelOutcome Notify(IReadOnlyList<AlertNotice> notices, long nowMs)
    {
        foreach (AlertNotice notice in notices)
        {
            string incident = notice.IncidentKey;
            if (_groups.OfIncident(incident) is { } group)
            {
                Update(group, group.Find(incident)!, notice, nowMs);
            }
            else if (notice.IsAlerting)
            {
                _groups.Put(_groups.OfScope(ScopeOf(notice), nowMs), new GroupedAlert(notice, null, null, AcknowledgementTold: false, null, nowMs));
                _changed = true;
            }
        }
        return Outcome();
    }

    /// <summary>Looks at every group, and makes messages of what is due.</summary>
    public async ValueTask<ChannelOutcome> TickAsync(long nowMs, CancellationToken cancel)
    {
        if (nowMs < _lastTickMs)
        {
            SetClockBack(nowMs);
        }
        _lastTickMs = nowMs;
        var looks = new List<GroupLook>();
        HashSet<string> underWay = _outbox.GroupKeys;
        // One message of a group at a time: so they arrive in order, and what happens meanwhile goes into the next one.
        foreach (AlertGroup group in _groups.All.Where(g => !underWay.Contains(g.Key)))
        {
            var look = new GroupLook(group, Channel, _suppressions, _history, nowMs);
            await look.LookAsync(cancel);
            looks.Add(look);
        }
        foreach (GroupLook look in looks.Where(l => l.DueMs is not null).OrderByDescending(l => l.Severity).ThenBy(l => l.DueMs))
        {
            Tell(look, nowMs);
        }
        _changed |= looks.Any(l => l.Changed);
        return Outcome();
    }

    /// <summary>The message to send now: the most severe, of those the oldest. It stays the next one until <see cref="Complete"/>.</summary>
    /// <returns>Null: none is due.</returns>
    public OutboxMessage? NextDue(long nowMs) => Channel.Enabled ? _outbox.NextDue(nowMs) : null;

    /// <summary>What became of an attempt. A message that is not waiting any more is ignored.</summary>
    public ChannelOutcome Complete(Guid messageId, SendOutcome outcome, long nowMs)
    {
        if (_outbox.Find(messageId) is { } message)
        {
            OutboxMessage tried = message with { Attempts = message.Attempts + 1, Answer = outcome.Answer };
            _lastAnswer = outcome.Answer;
            _changed = true;
            if (outcome.Result == SendResult.Delivered)
            {
                Delivered(tried, outcome, nowMs);
            }
            else if (outcome.Result == SendResult.Rejected || SendBackoff.IsOver(tried.Notification, tried.Attempts, nowMs))
            {
                GiveUp(tried, nowMs);
            }
            else
            {
                TryLater(tried, outcome, nowMs);
            }
        }
        return Outcome();
    }

    /// <summary>Sends a message again that was given up.</summary>
    /// <param name="dead">As the store has it.</param>
    public ChannelOutcome Replay(OutboxMessage dead, string by, long nowMs)
    {
        _outbox.Put(dead with { Status = OutboxStatus.Waiting, Attempts = 0, NextAttemptMs = nowMs, FinishedMs = null });
        _history.AddEach(AlertEventKind.NotificationReplayed, Channel, dead.Notification, "", nowMs, by);
        return Outcome();
    }

    /// <summary>The alert of the channel itself, for other channels; null while it delivers.</summary>
    public AlertNotice? FailureNotice(long nowMs) => IsFailing ? ChannelFailure.Notice(Channel, _failingSinceMs, goesOn: true, _lastAnswer, Waiting, nowMs) : null;

    private static TokenBucket NewTokens(Channel channel, long nowMs) => new(Math.Max(1, channel.RatePerMinute), nowMs);

    private string ScopeOf(AlertNotice notice) => Channel.Grouping switch
    {
        NotificationGrouping.Rule => notice.RuleId.ToString("N"),
        NotificationGrouping.Instance => notice.IncidentKey,
        _ => "",
    };

    private void Tell(GroupLook look, long nowMs)
    {
        if (!Channel.Enabled)
        {
            // The look said so of what is new; ends wait until it is enabled.
            return;
        }
        if (nowMs < look.DueMs)
        {
            look.HoldBack(SuppressionReason.Grouping, "");
        }
        else if (!_tokens.TryTake(nowMs))
        {
            look.HoldBack(SuppressionReason.RateLimit, FormattableString.Invariant($"{Channel.RatePerMinute} messages a minute"));
        }
        else
        {
            Notification message = look.Compose(_baseUrl);
            _groups.Forget(message.Alerts.Where(a => !a.IsAlerting));
            _outbox.Put(new OutboxMessage(message, OutboxStatus.Waiting, 0, nowMs, null, ""));
            _history.AddEach(AlertEventKind.NotificationQueued, Channel, message, message.Reason.ToString().ToLowerInvariant(), nowMs);
        }
    }

    private void Update(AlertGroup group, GroupedAlert known, AlertNotice notice, long nowMs)
    {
        if (!known.Notice.IsAlerting)
        {
            // An incident that ended does not go on: this is older news.
            return;
        }
        if (!notice.IsAlerting && known.Told is null)
        {
            // Whoever was not told that it began need not hear that it ended.
            _groups.Remove(group, known);
            _changed = true;
            return;
        }
        AlertNotice before = known.Notice;
        _changed |= before.Status != notice.Status || before.Muted != notice.Muted || before.Acknowledged != notice.Acknowledged;
        group.Put(known with { Notice = notice, SinceMs = notice.IsAlerting ? known.SinceMs : nowMs, AcknowledgementTold = known.AcknowledgementTold && notice.Acknowledged is not null });
    }

    private void Delivered(OutboxMessage tried, SendOutcome outcome, long nowMs)
    {
        _outbox.Put(tried with { Status = OutboxStatus.Sent, FinishedMs = nowMs });
        _history.AddEach(AlertEventKind.NotificationSent, Channel, tried.Notification, outcome.Answer, nowMs);
        _failedInARow = 0;
        IsFailing = false;
        Notification message = tried.Notification;
        // The receiver may have lost the first message and put another in its place; a message that did not know of the first is not that.
        if (_groups.All.FirstOrDefault(g => g.Key == message.GroupKey) is { } group && group.Reference == message.Reference)
        {
            group.Reference = outcome.Reference ?? group.Reference;
        }
        // One that was sent again may tell of alerts that count as not told, or are long over.
        foreach (AlertNotice notice in message.Alerts)
        {
            TakeAsTold(message, notice, outcome.Reference, nowMs);
        }
    }

    private void TakeAsTold(Notification message, AlertNotice notice, string? reference, long nowMs)
    {
        if (_groups.OfIncident(notice.IncidentKey) is { } group)
        {
            GroupedAlert known = group.Find(notice.IncidentKey)!;
            if (!notice.IsAlerting)
            {
                _groups.Remove(group, known);
            }
            else if (known.Told is null)
            {
                group.Put(known with { Told = notice.Status, ToldMs = nowMs, Suppression = null, SinceMs = Math.Min(known.SinceMs, nowMs) });
            }
        }
        else if (notice.IsAlerting)
        {
            _groups.Put(_groups.OfMessage(message, reference, nowMs), Over(notice, nowMs, nowMs));
        }
    }

    private void GiveUp(OutboxMessage tried, long nowMs)
    {
        _outbox.Put(tried with { Status = OutboxStatus.Dead, FinishedMs = nowMs });
        _history.AddEach(AlertEventKind.NotificationDead, Channel, tried.Notification, tried.Answer, nowMs);
        HashSet<string> about = [.. tried.Notification.Changed];
        foreach (AlertNotice notice in tried.Notification.Alerts.Where(a => about.Contains(a.IncidentKey)))
        {
            Untell(tried.Notification, notice, nowMs);
        }
        _failedInARow++;
        Fail(nowMs);
    }

    /// <summary>Nobody heard it: it is told again later. Ends are for a day; then whoever has the incident open has noticed.</summary>
    private void Untell(Notification message, AlertNotice notice, long nowMs)
    {
        AlertGroup? group = _groups.OfIncident(notice.IncidentKey);
        if (!notice.IsAlerting)
        {
            if (group is null && nowMs - (notice.EndedMs ?? notice.AtMs) < (long)SendBackoff.GiveUpAfter.TotalMilliseconds)
            {
                _groups.Put(_groups.OfMessage(message, null, nowMs), Over(notice, nowMs, nowMs + AlertGroup.RetellMs));
            }
        }
        else if (message.Reason == NotificationReason.Fired && group?.Find(notice.IncidentKey) is { Told: not null } known && known.ToldMs == message.CreatedMs)
        {
            if (known.Notice.IsAlerting)
            {
                group.Put(known with { Told = null, ToldMs = null, SinceMs = nowMs + AlertGroup.RetellMs });
            }
            else
            {
                _groups.Remove(group, known);
            }
        }
    }

    private static GroupedAlert Over(AlertNotice notice, long nowMs, long sinceMs) =>
        new(notice with { Status = AlertStatus.Resolved, EndedMs = notice.EndedMs ?? nowMs }, AlertStatus.Firing, nowMs, AcknowledgementTold: false, null, sinceMs);

    private void TryLater(OutboxMessage tried, SendOutcome outcome, long nowMs)
    {
        _outbox.Put(tried with { NextAttemptMs = nowMs + (long)SendBackoff.After(tried.Attempts, outcome.RetryAfter, _random).TotalMilliseconds });
        if (outcome.RetryAfter is { } asked)
        {
            // It is the channel that asked to be left alone, not the message.
            _outbox.KeepQuiet(asked, nowMs);
        }
        if (tried.Attempts == 1)
        {
            _history.AddEach(AlertEventKind.NotificationFailed, Channel, tried.Notification, outcome.Answer, nowMs);
        }
        else
        {
            // The alerts' own history says that it failed, and will say how it ends; a thousand alerts need not say it a hundred times each.
            _history.AddOne(AlertEventKind.NotificationFailed, Channel, FormattableString.Invariant($"attempt {tried.Attempts}: {outcome.Answer}"), nowMs);
        }
        _failedInARow++;
        if (_failedInARow >= ChannelFailure.FailuresInARow)
        {
            Fail(nowMs);
        }
    }

    private void Fail(long nowMs)
    {
        if (!IsFailing)
        {
            IsFailing = true;
            _failingSinceMs = Math.Max(nowMs, _failingSinceMs + 1);
        }
    }

    private void SetClockBack(long nowMs)
    {
        foreach (AlertGroup group in _groups.All)
        {
            _changed |= group.NotAfter(nowMs);
        }
        _outbox.NotAfter(nowMs);
    }

    private ChannelOutcome Outcome()
    {
        AlertEvent[] events = _history.Take();
        OutboxMessage[] messages = _outbox.TakeTouched();
        bool mustSave = _changed || events.Length > 0 || messages.Length > 0;
        if (mustSave)
        {
            _groups.CloseEmpty();
            State = new ChannelState(Channel.Id, _groups.Save(), _failedInARow, IsFailing, _failingSinceMs, State.Revision + 1);
        }
        _changed = false;
        return new ChannelOutcome(State, mustSave, messages, events);
    }
}
