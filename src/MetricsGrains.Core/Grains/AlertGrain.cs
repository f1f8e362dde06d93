using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Grains;

/// <summary>
/// One alert rule and the state of each of its instances. Not thread-safe: its host runs one call at a time, and lets the next one wait until the
/// task of the last has ended. It saves nothing and tells nobody; each call says what there is to save and to tell.
/// </summary>
public sealed class AlertGrain
{
    private const long HourMs = 3_600_000;

    private readonly AlertGrainSettings _settings;
    private readonly IAlertObserver _observer;
    private readonly IIngestContinuity _continuity;
    private readonly AlertInstances _instances;
    private readonly RecentValues _recent;
    private readonly ClockWatch _clock;
    private readonly List<AlertInstance> _ended = [];
    private AlertNotices _notices;
    private RuleEdit _edit;
    private RuleMute? _mute;
    private long? _lastFiredMs;
    private long _evaluatedThroughMs;
    private long _savedMs;
    private int _evaluatedVersion;
    private string _unit = "";

    /// <param name="state">As it was saved last; <see cref="AlertRuleState.New"/> when it never was.</param>
    /// <param name="evaluated">The version of the rule that <paramref name="state"/> was evaluated with; null when it is not known any more.</param>
    public AlertGrain(AlertRule rule, AlertRuleState state, AlertRule? evaluated, AlertGrainSettings settings, IAlertObserver observer, IIngestContinuity continuity, TimeProvider time)
    {
        Rule = rule;
        State = state;
        _settings = settings;
        _observer = observer;
        _continuity = continuity;
        _instances = new AlertInstances(state.Instances);
        _recent = new RecentValues(observer);
        _clock = new ClockWatch(time);
        _notices = new AlertNotices(rule, settings.BaseUrl);
        _mute = state.Mute;
        _lastFiredMs = state.LastFiredAtMs;
        _savedMs = state.LastEvaluationMs;
        _evaluatedThroughMs = settings.EvaluatedThroughMs == 0 ? 0 : Math.Max(settings.EvaluatedThroughMs, state.LastEvaluationMs);
        _evaluatedVersion = state.RuleVersion;
        _edit = state.RuleVersion == rule.Version || state.Instances.Count == 0 ? RuleEdit.Same : RuleEdits.Between(evaluated, rule);
        long now = _clock.Read().NowMs;
        if (state.LastEvaluationMs > now)
        {
            // While nobody was there the clock was set back: all that is known is that no evaluation can have been in the future.
            Shift(now - state.LastEvaluationMs, now);
        }
    }

    public AlertRule Rule { get; private set; }

    public AlertRuleState State { get; private set; }

    /// <summary>Unix ms; 0: not yet.</summary>
    public long LastEvaluationMs { get; private set; }

    /// <summary>Why the last evaluation failed, or what it could not see; empty when there is nothing to say.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>What kept the last evaluation from reading its data; null when nothing did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>What follows from edits alone: instances of a disabled rule, or of something the rule no longer watches, end. To be called once after activation.</summary>
    public AlertOutcome Settle()
    {
        long now = Enter().NowMs;
        if (!Rule.Enabled || _edit == RuleEdit.Other)
        {
            EndAll(Rule.Enabled ? "the rule was changed and watches something else" : "the rule was disabled", now);
            _edit = RuleEdit.Same;
        }
        return Outcome(now);
    }

    /// <summary>Goes by another version of the rule. Instances whose groups the rule still has go on.</summary>
    public AlertOutcome Edit(AlertRule rule)
    {
        RuleEdit edit = RuleEdits.Between(Rule, rule);
        _edit = edit > _edit ? edit : _edit;
        if (!Rule.Enabled && rule.Enabled)
        {
            _evaluatedThroughMs = 0;
        }
        Rule = rule;
        _notices = new AlertNotices(rule, _settings.BaseUrl);
        _instances.Changed = true;
        return Settle();
    }

    /// <summary>The rule is gone: everything ends.</summary>
    public AlertOutcome Delete()
    {
        long now = Enter().NowMs;
        EndAll("the rule was deleted", now);
        return Outcome(now);
    }

    /// <summary>Reads the window and takes every instance one step further. Of a disabled rule nothing.</summary>
    /// <exception cref="OperationCanceledException">Nothing was stepped, or no picture was read; what there is to save and to tell is with the next call's.</exception>
    public async Task<AlertOutcome> EvaluateAsync(CancellationToken cancel)
    {
        long now = Enter().NowMs;
        if (!Rule.Enabled)
        {
            return Outcome(now);
        }
        if (_mute is { } mute && mute.UntilMs <= now)
        {
            SetMute(null, "", "its time was over", now);
        }
        NoteMissed(now);
        (long from, long to) = EvaluationWindow.At(now, Rule.Window);
        ObservedValues? values = await ObserveAsync(from, to, cancel);
        Take(values, from, to, now);
        LastEvaluationMs = now;
        _evaluatedThroughMs = now;
        await _recent.RefreshAsync(Rule, [.. _instances.All.Where(AlertNotices.IsTold)], to, cancel);
        return Outcome(now);
    }

    /// <param name="mute">Null ends a mute.</param>
    public AlertOutcome Mute(RuleMute? mute, string by)
    {
        long now = Enter().NowMs;
        if (mute is not null || _mute is not null)
        {
            SetMute(mute, by, mute?.Why ?? "", now);
        }
        return Outcome(now);
    }

    /// <returns>Null: there is no such instance, or it does not alert.</returns>
    public AlertOutcome? Acknowledge(TagSet tags, Acknowledgement acknowledgement)
    {
        if (_instances.Find(tags) is not { State.IsAlerting: true } instance)
        {
            return null;
        }
        long now = Enter().NowMs;
        _instances.Replace(instance with { Acknowledged = acknowledgement });
        Note(AlertEventKind.Acknowledged, now, e => e with { Instance = tags.ToString(), IncidentMs = instance.State.IncidentMs, Value = instance.State.LastValue, By = acknowledgement.By, Detail = acknowledgement.Note });
        return Outcome(now);
    }

    /// <summary>Forgets a group; its alert ends. Should it send again, it is a new one.</summary>
    /// <returns>Null: there is no such instance.</returns>
    public AlertOutcome? Forget(TagSet tags, string by)
    {
        if (_instances.Find(tags) is not { } instance)
        {
            return null;
        }
        long now = Enter().NowMs;
        AlertRound round = Round(now);
        round.Forget(instance, "somebody had it forgotten", by);
        _ended.AddRange(round.Ended);
        return Outcome(now);
    }

    /// <summary>Every instance that is alerting or has just resolved.</summary>
    public IReadOnlyList<AlertNotice> Notices(long nowMs) => [.. _instances.Sorted().Where(AlertNotices.IsTold).Select(i => NoticeOf(i, nowMs))];

    private AlertNotice NoticeOf(AlertInstance instance, long now) => _notices.Of(instance, _unit, _recent.Of(instance.Tags), _mute is not null, now);

    private AlertRound Round(long now) => new(Rule, _instances, _unit, _mute is not null, now);

    private async Task<ObservedValues?> ObserveAsync(long from, long to, CancellationToken cancel)
    {
        Failure = null;
        try
        {
            return await _observer.ObserveAsync(Rule, from, to, cancel);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            // Whatever it was, it is not known how the metric is: that must be seen, and must not pass for all being well.
            Failure = error;
            return null;
        }
    }

    private void Take(ObservedValues? values, long from, long to, long now)
    {
        _unit = values is { Unit.Length: > 0 } ? values.Unit : _unit;
        AlertRound round = Round(now);
        if (values is null)
        {
            Problem = Failure is StoreUnavailableException or AlertObservationException ? Failure.Message : $"the evaluation failed unexpectedly: {Failure!.Message}";
            round.TakeFailure(Problem);
            return;
        }
        // Asked after the reading: an interruption during it counts.
        var window = new EvaluationWindow(from, to, _continuity.UninterruptedSinceMs, _continuity.Reason);
        int tooMany = round.Take(values.Groups, window, _edit == RuleEdit.Filtered);
        if (_edit == RuleEdit.Same || window.IsWhole)
        {
            _edit = RuleEdit.Same;
            _instances.Changed |= _evaluatedVersion != Rule.Version;
            _evaluatedVersion = Rule.Version;
        }
        _ended.AddRange(round.Ended);
        _lastFiredMs = round.Fired ? now : _lastFiredMs;
        Problem = tooMany > 0
            ? FormattableString.Invariant($"{tooMany} of {tooMany + _instances.Count} groups are not watched: a rule has at most {AlertInstances.Max}; filter more, or group by fewer tags")
            : values.MetricKnown ? "" : AlertRuleStanding.WaitingProblem(Rule);
    }

    private void EndAll(string why, long now)
    {
        foreach (AlertInstance instance in _instances.Sorted())
        {
            AlertInstance? ended = _instances.End(Rule, instance, why, now);
            if (ended is not null || instance.State.Held == AlertPhase.Resolved)
            {
                // One that has just resolved may not have been told yet.
                _ended.Add(ended ?? instance);
            }
        }
    }

    /// <summary>Reads the clocks, and moves the instances' clocks with the wall clock when that was set, so that they neither run out at once nor stand for hours.</summary>
    private ClockReading Enter()
    {
        ClockReading clock = _clock.Read();
        if (clock.JumpMs != 0)
        {
            Shift(clock.JumpMs, clock.NowMs);
        }
        return clock;
    }

    private void Shift(long ms, long now)
    {
        _instances.Shift(ms);
        _evaluatedThroughMs = Math.Min(_evaluatedThroughMs, now);
    }

    private void NoteMissed(long now)
    {
        long gap = now - _evaluatedThroughMs;
        if (_evaluatedThroughMs > 0 && gap > 2.5 * _settings.Interval.TotalMilliseconds)
        {
            Note(AlertEventKind.EvaluationMissed, now, e => e with { IncidentMs = _evaluatedThroughMs, Detail = $"not evaluated for {AlertDuration.Format(TimeSpan.FromMilliseconds(gap))}: {_continuity.Reason}" });
        }
    }

    private void SetMute(RuleMute? mute, string by, string why, long now)
    {
        _mute = mute;
        _instances.Changed = true;
        Note(mute is null ? AlertEventKind.RuleUnmuted : AlertEventKind.RuleMuted, now, e => e with { By = by, Detail = why });
        _instances.ShowMute(Rule, mute is not null, now);
    }

    private void Note(AlertEventKind kind, long now, Func<AlertEvent, AlertEvent> more) =>
        _instances.Events.Add(more(new AlertEvent { AtMs = now, Kind = kind, RuleId = Rule.Id, RuleName = Rule.Name }));

    private AlertOutcome Outcome(long now)
    {
        AlertEvent[] events = [.. _instances.Events];
        AlertNotice[] notices = [.. Notices(now), .. _ended.Select(i => NoticeOf(i, now))];
        _instances.Events.Clear();
        _ended.Clear();
        long evaluated = LastEvaluationMs > 0 ? LastEvaluationMs : State.LastEvaluationMs;
        // Once an hour although nothing happened, so that it is known when groups were last seen.
        bool mustSave = _instances.Changed || events.Length > 0 || Math.Abs(evaluated - _savedMs) >= HourMs;
        State = new AlertRuleState(Rule.Id, _edit == RuleEdit.Same ? Rule.Version : _evaluatedVersion, _instances.Sorted(), _mute, _lastFiredMs, evaluated, State.Revision + (mustSave ? 1 : 0));
        if (mustSave)
        {
            _instances.Changed = false;
            _savedMs = evaluated;
        }
        return new AlertOutcome(State, mustSave, events, notices);
    }
}
