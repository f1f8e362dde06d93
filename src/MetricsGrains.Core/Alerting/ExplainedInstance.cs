namespace MetricsGrains.Core.Alerting;

/// <summary>Where one instance stood at a time, and what came of it.</summary>
internal sealed class ExplainedInstance
{
    private const long MinuteMs = 60_000;

    /// <summary>Changes of an evaluation are of its time; those of the next one are not.</summary>
    private const long AtOnceMs = 1_000;

    /// <summary>Groups that are named to somebody who asked for another.</summary>
    private const int MaxNamed = 5;

    private readonly AlertRule _rule;
    private readonly AlertEvent[] _events;
    private readonly AlertEvent[] _changes;
    private readonly string _subject;
    private readonly string? _instance;
    private readonly ExplanationEvidence _evidence;
    private readonly long _atMs;

    private ExplainedInstance(AlertRule rule, AlertEvent[] events, string? instance, long atMs, ExplanationEvidence evidence)
    {
        _instance = instance;
        _evidence = evidence;
        _rule = rule;
        _events = [.. events.Select(e => WithMuter(e, events))];
        _changes = [.. events.Where(e => e.Kind == AlertEventKind.StateChanged)];
        _subject = string.IsNullOrEmpty(instance) ? $"the rule '{rule.Name}'" : $"'{instance}' of the rule '{rule.Name}'";
        _atMs = atMs;
    }

    private AlertEvent? Last => Array.FindLast(_changes, e => e.AtMs <= _atMs);

    private AlertEvent? Next => Array.Find(_changes, e => e.AtMs > _atMs);

    private string At => ExplainedTime.At(_atMs);

    /// <param name="events">The rule's and the instance's, in time order.</param>
    public static ExplainedInstance Of(AlertRule rule, AlertEvent[] events, string? instance, long atMs, ExplanationEvidence evidence) => new(rule, events, instance, atMs, evidence);

    /// <summary>Of all instances in the events the one that most deserved a page at the time; null when there is none.</summary>
    public static string? WorstOf(IReadOnlyList<AlertEvent> events, long atMs) => events
        .Where(e => e is { Kind: AlertEventKind.StateChanged, Instance: not null })
        .GroupBy(e => e.Instance)
        .Select(g => (Instance: g.Key, Last: g.LastOrDefault(e => e.AtMs <= atMs)))
        .OrderByDescending(i => i.Last is null ? -1 : Weight(i.Last.To))
        .ThenByDescending(i => i.Last?.AtMs ?? 0)
        .Select(i => i.Instance)
        .FirstOrDefault();

    public string Summary()
    {
        if (_instance is { Length: > 0 } asked && _changes.Length == 0 && _evidence.IsNeverSeen(asked))
        {
            return NeverSeen(asked);
        }
        if (Missed() is { } missed)
        {
            return Late(missed);
        }
        AlertPhase phase = Last?.To ?? Next?.From ?? AlertPhase.Inactive;
        if (IncidentAt(phase) is { } incident)
        {
            return Told(incident);
        }
        if (Mute() is { } mute)
        {
            return $"At {At} the rule '{_rule.Name}' was muted{(mute.By.Length > 0 ? " by " + mute.By : "")}{(mute.Detail.Length > 0 ? ": " + mute.Detail.TrimEnd('.') : "")}.";
        }
        return phase switch
        {
            AlertPhase.Pending => Pending(),
            AlertPhase.Error => $"At {At} {_subject} could not be evaluated{Since()}: {Detail("its data could not be read")}.",
            AlertPhase.Muted => $"At {At} {_subject} was muted{Since()}: {Detail("its rule was muted")}.",
            AlertPhase.Resolved => Over(),
            _ => Quiet(),
        };
    }

    private static int Weight(AlertPhase? phase) => phase switch
    {
        AlertPhase.Firing or AlertPhase.NoData => 5,
        AlertPhase.Error => 4,
        AlertPhase.Muted => 3,
        AlertPhase.Pending => 2,
        AlertPhase.Resolved => 1,
        _ => 0,
    };

    // A channel knows only that the rule is muted; who did it is in the rule's own history.
    private static AlertEvent WithMuter(AlertEvent entry, AlertEvent[] events) =>
        entry is { Suppression: SuppressionReason.Mute, By: "", Kind: AlertEventKind.NotificationSuppressed } && Array.FindLast(events, e => e.Kind == AlertEventKind.RuleMuted && e.AtMs <= entry.AtMs) is { } mute
            ? entry with { By = mute.By, Detail = mute.Detail }
            : entry;

    private AlertEvent? Missed() => Array.FindLast(_events, e => e.Kind == AlertEventKind.EvaluationMissed && (e.IncidentMs ?? e.AtMs) <= _atMs && e.AtMs >= _atMs);

    private AlertEvent? Mute() => Array.FindLast(_events, e => e.Kind is AlertEventKind.RuleMuted or AlertEventKind.RuleUnmuted && e.AtMs <= _atMs) is { Kind: AlertEventKind.RuleMuted } mute ? mute : null;

    // Under a mute or an error an incident goes on, so it is looked for behind them.
    private AlertEvent? IncidentAt(AlertPhase phase)
    {
        if (phase is not (AlertPhase.Firing or AlertPhase.NoData or AlertPhase.Muted or AlertPhase.Error))
        {
            return null;
        }
        AlertEvent? known = Array.FindLast(_changes, e => e.AtMs <= _atMs && e.To is not (AlertPhase.Muted or AlertPhase.Error));
        if (known is null)
        {
            return phase is AlertPhase.Firing or AlertPhase.NoData ? Next : null;
        }
        return known.To is AlertPhase.Firing or AlertPhase.NoData ? known : null;
    }

    private string Told(AlertEvent incident)
    {
        AlertEvent[] own = [.. _events.Where(e => incident.IncidentMs is null ? e.AtMs >= incident.AtMs : e.IncidentMs == incident.IncidentMs)];
        IReadOnlyList<ExplainedDelivery> deliveries = ExplainedDelivery.Of(_rule, own, _atMs);
        string[] told = [.. deliveries.Where(d => d.ToldMs is not null).OrderBy(d => d.ToldMs).Select(d => $"through channel '{d.Channel}' {d.Clause}")];
        string[] not = [.. deliveries.Where(d => d.ToldMs is null).Select(d => $"channel '{d.Channel}': {d.Clause}")];
        if (told.Length > 0)
        {
            return $"You were paged of {_subject} {string.Join(", and ", told)}{(not.Length > 0 ? "; not through " + string.Join("; ", not) : "")}.";
        }
        string began = incident.AtMs <= _atMs
            ? $"{Capital(_subject)} was firing at {At}, since {ExplainedTime.At(incident.IncidentMs ?? incident.AtMs)}{(incident.Value is { } v ? $" with value {ExplainedTime.Value(v)}" : "")}"
            : $"{Capital(_subject)} was firing at {At}";
        if (not.Length > 0)
        {
            return $"{began}, but nobody was paged: {string.Join("; ", not)}.";
        }
        if (Mute() is { } mute)
        {
            return $"{began}, but its rule was muted{(mute.By.Length > 0 ? " by " + mute.By : "")}{(mute.Detail.Length > 0 ? ": " + mute.Detail.TrimEnd('.') : "")}.";
        }
        return _rule.Channels.Count == 0 ? $"{began}, but the rule names no channel, so nobody was paged." : $"{began}, but no message to any of its channels is recorded.";
    }

    private string Pending()
    {
        if (Last is not { } began)
        {
            return $"At {At} the condition held for {_subject}, but not yet for {AlertDuration.Format(_rule.For)}.";
        }
        long held = _atMs - began.AtMs;
        string text = $"At {At} the condition held for {_subject} since {ExplainedTime.At(began.AtMs)}{(began.Value is { } v ? $" (value {ExplainedTime.Value(v)})" : "")}: {ExplainedTime.Span(held)} of the {AlertDuration.Format(_rule.For)} that the rule wants, {ExplainedTime.Span((long)_rule.For.TotalMilliseconds - held)} were missing";
        return Next?.To switch
        {
            AlertPhase.Firing => $"{text}; it fired at {ExplainedTime.At(Next.AtMs)}.",
            AlertPhase.Inactive => $"{text}; the condition was gone at {ExplainedTime.At(Next.AtMs)}.",
            _ => text + ".",
        };
    }

    private string Over()
    {
        AlertEvent end = Last ?? Next!;
        string when = Last is null ? "before that" : $"at {ExplainedTime.At(end.AtMs)}";
        AlertEvent[] own = end.IncidentMs is null ? [] : [.. _events.Where(e => e.IncidentMs == end.IncidentMs)];
        string[] told = [.. ExplainedDelivery.Of(_rule, own, _atMs).Where(d => d.ToldMs is not null).Select(d => $"through channel '{d.Channel}' {d.Clause}")];
        string incident = end.IncidentMs is { } from ? $"it had fired from {ExplainedTime.At(from)} and resolved {when}" : $"it had resolved {when}";
        return $"At {At} {_subject} was not firing: {incident}{(told.Length > 0 ? "; that was told " + string.Join(", and ", told) : ", and nobody was paged of that")}.";
    }

    /// <summary>Nobody looked at the time; what was seen once somebody did is as much of an answer.</summary>
    private string Late(AlertEvent missed)
    {
        string text = $"At {At} {_subject} was not evaluated{(missed.Detail.Length > 0 ? ": " + missed.Detail.TrimEnd('.') : "")}; it was evaluated again at {ExplainedTime.At(missed.AtMs)}";
        AlertEvent? then = Array.Find(_changes, e => e.AtMs >= missed.AtMs && e.AtMs < missed.AtMs + AtOnceMs);
        return then?.To switch
        {
            AlertPhase.Pending => text + ", and the condition began to hold.",
            AlertPhase.Firing or AlertPhase.NoData => $"{text}, and it fired. {Told(then)}",
            AlertPhase.Resolved => text + ", and it resolved.",
            AlertPhase.Error => text + ", and its data could not be read.",
            _ => text + (Last is null ? ", and nothing fired." : ", and nothing had changed."),
        };
    }

    private string NeverSeen(string asked)
    {
        string[] known = [.. (_evidence.Instances ?? []).Select(i => i.Tags.ToString()).Where(t => t.Length > 0)];
        string others = known.Length == 0 ? "it has seen no group at all" : $"it knows {string.Join(" and ", known.Take(MaxNamed).Select(k => $"'{k}'"))}{(known.Length > MaxNamed ? $" and {known.Length - MaxNamed} more" : "")}";
        return $"'{asked}' has never been seen by the rule '{_rule.Name}', which groups by {string.Join(", ", _rule.GroupBy)}: {others}.";
    }

    /// <summary>What the windows of the hour before held, as the end of a sentence; empty when that is not known.</summary>
    private string Seen(out bool none)
    {
        none = false;
        if (_evidence.ValuesOf(_instance) is not { } values)
        {
            return "";
        }
        PreviewPoint[] before = [.. values.Where(v => v.AtMs <= _atMs)];
        none = before.Length == 0 || before[^1].AtMs <= _atMs - MinuteMs;
        if (before.Length == 0)
        {
            return $"no samples in the {AlertDuration.Format(ExplanationEvidence.ValuesBefore)} before";
        }
        PreviewPoint nearest = before.Aggregate((a, b) => IsFurther(a.Value, b.Value) ? a : b);
        string seen = _rule.Type == AlertRuleType.DeadMan
            ? $"the longest silence of the hour before was {AlertSentence.SilenceOf(nearest.Value)} at {ExplainedTime.At(nearest.AtMs)}, and {AlertDuration.Format(_rule.Window)} are needed"
            : $"the value nearest to {AlertConditions.SignOf(_rule.Condition)} {ExplainedTime.Value(_rule.Threshold)} in the hour before was {ExplainedTime.Value(nearest.Value)} at {ExplainedTime.At(nearest.AtMs)}";
        return _rule.IsBreaching(nearest.Value, firing: false) ? seen + ", of samples that came only after it was evaluated" : seen;
    }

    private bool IsFurther(double value, double than) =>
        AlertConditions.IsFurther(_rule.Type == AlertRuleType.DeadMan ? AlertCondition.Gte : _rule.Condition, _rule.Threshold, value, than);

    private string NoSamples(string seen)
    {
        string policy = _rule.NoData switch
        {
            NoDataPolicy.Alert => $"that is an alert only after {AlertDuration.Format(_rule.NoDataAfter)} of it",
            NoDataPolicy.Ok => "the rule takes that as all right",
            _ => "the rule leaves the state as it was",
        };
        return $"At {At} there were no samples for {_subject} in its window of {AlertDuration.Format(_rule.Window)}, and {policy}; {seen}.";
    }

    private string Quiet()
    {
        string seen = Seen(out bool none);
        if (none && _rule.Type == AlertRuleType.Threshold)
        {
            return NoSamples(seen);
        }
        seen = seen.Length > 0 ? "; " + seen : "";
        string text = Last is { } last
            ? $"At {At} the condition did not hold for {_subject}, since {ExplainedTime.At(last.AtMs)}{(last.Value is { } v ? $" (value {ExplainedTime.Value(v)} then)" : "")}"
            : $"At {At} the condition did not hold for {_subject}: no change is recorded before";
        text += seen;
        return Next is { To: AlertPhase.Pending or AlertPhase.Firing or AlertPhase.NoData } next
            ? $"{text}; it began to {(next.To == AlertPhase.Pending ? "hold" : "fire")} at {ExplainedTime.At(next.AtMs)}."
            : text + ".";
    }

    private string Since() => Last is { } last ? $" since {ExplainedTime.At(last.AtMs)}" : "";

    private string Detail(string otherwise) => Last is { Detail.Length: > 0 } last ? last.Detail.TrimEnd('.') : otherwise;

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
