using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Grains;

/// <summary>A rule's instances, and the history of what becomes of them. Not thread-safe.</summary>
internal sealed class AlertInstances
{
    /// <summary>Instances a rule may have. What is beyond is not evaluated, and said to be.</summary>
    public const int Max = 1_000;

    private readonly Dictionary<TagSet, AlertInstance> _all = [];

    public AlertInstances(IEnumerable<AlertInstance> instances)
    {
        foreach (AlertInstance instance in instances)
        {
            _all[instance.Tags] = instance;
        }
    }

    /// <summary>Something changed that must outlive the process. Reset by the grain.</summary>
    public bool Changed { get; set; }

    /// <summary>What happened since the grain last took it.</summary>
    public List<AlertEvent> Events { get; } = [];

    public int Count => _all.Count;

    /// <summary>In no order; may be changed while it is walked.</summary>
    public IReadOnlyList<AlertInstance> All => [.. _all.Values];

    public AlertInstance? Find(TagSet tags) => _all.GetValueOrDefault(tags);

    public AlertInstance GetOrAdd(TagSet tags, long nowMs)
    {
        if (!_all.TryGetValue(tags, out AlertInstance? instance))
        {
            _all.Add(tags, instance = new AlertInstance(tags, AlertState.New, nowMs));
            Changed = true;
        }
        return instance;
    }

    /// <summary>Takes an instance one evaluation further.</summary>
    /// <param name="rule">By which it is evaluated.</param>
    /// <param name="seenMs">When the group was last in an answer, Unix ms.</param>
    /// <param name="valueMs">When its value was so; null: now.</param>
    public AlertInstance Step(AlertRule rule, AlertInstance instance, Observation seen, string unit, bool muted, long seenMs, long? valueMs, long nowMs)
    {
        AlertState before = instance.State, after = AlertStep.Next(rule, before, seen, muted, nowMs);
        if (valueMs is not null && seen.Kind == ObservationKind.Value)
        {
            after = after with { LastValueMs = valueMs };
        }
        Note(rule, instance.Tags, before, after, StateReason.Of(rule, before, after, seen, unit), nowMs);
        return Replace(instance with { State = after, SeenMs = Math.Max(instance.SeenMs, seenMs), Acknowledged = after.IsAlerting ? instance.Acknowledged : null });
    }

    /// <summary>Shows a mute, or no longer.</summary>
    public void ShowMute(AlertRule rule, bool muted, long nowMs)
    {
        foreach (AlertInstance instance in All)
        {
            AlertState before = instance.State;
            AlertPhase phase = before.Phase == AlertPhase.Error ? AlertPhase.Error : muted ? AlertPhase.Muted : before.Held;
            if (phase != before.Phase)
            {
                AlertState after = before with { Phase = phase, SinceMs = nowMs };
                Note(rule, instance.Tags, before, after, "", nowMs);
                Replace(instance with { State = after });
            }
        }
    }

    /// <summary>Ends an instance that nobody evaluates any more, and lets go of it.</summary>
    /// <returns>As it is at its end, for those who were told of it; null when it was not alerting.</returns>
    public AlertInstance? End(AlertRule rule, AlertInstance instance, string why, long nowMs)
    {
        AlertState after = AlertStep.End(instance.State, why, nowMs);
        Note(rule, instance.Tags, instance.State, after, why, nowMs);
        Drop(instance);
        return after.Held == AlertPhase.Resolved ? instance with { State = after, Acknowledged = null } : null;
    }

    public void Drop(AlertInstance instance)
    {
        _all.Remove(instance.Tags);
        Changed = true;
    }

    public AlertInstance Replace(AlertInstance instance)
    {
        AlertInstance before = _all[instance.Tags];
        Changed |= before.State.DiffersFrom(instance.State) || before.Acknowledged != instance.Acknowledged;
        return _all[instance.Tags] = instance;
    }

    /// <summary>Moves every clock with the wall clock.</summary>
    public void Shift(long ms)
    {
        foreach (AlertInstance instance in All)
        {
            Replace(instance with { State = instance.State.Shift(ms), SeenMs = instance.SeenMs + ms });
        }
    }

    /// <summary>In canonical order of their tags.</summary>
    public IReadOnlyList<AlertInstance> Sorted()
    {
        AlertInstance[] sorted = [.. _all.Values];
        if (sorted.Length > 1)
        {
            Array.Sort(sorted, static (a, b) => a.Tags.Canonical.SequenceCompareTo(b.Tags.Canonical));
        }
        return sorted;
    }

    private void Note(AlertRule rule, TagSet tags, AlertState before, AlertState after, string why, long nowMs)
    {
        bool shown = before.Phase != after.Phase;
        // A healthy instance of a muted rule: the mute itself is in the history.
        bool telling = shown && !(before.Held == AlertPhase.Inactive && after.Held == AlertPhase.Inactive && before.Phase is AlertPhase.Inactive or AlertPhase.Muted && after.Phase is AlertPhase.Inactive or AlertPhase.Muted);
        if (!telling && before.Held == after.Held)
        {
            return;
        }
        // Under a mute or an error what goes on is as much part of the history as what is shown.
        bool under = !shown || (after.Held != before.Held && after.Phase is AlertPhase.Muted or AlertPhase.Error);
        Events.Add(new AlertEvent
        {
            AtMs = nowMs,
            Kind = AlertEventKind.StateChanged,
            RuleId = rule.Id,
            RuleName = rule.Name,
            Instance = tags.ToString(),
            From = under ? before.Held : before.Phase,
            To = under ? after.Held : after.Phase,
            Value = after.LastValue,
            IncidentMs = after.IsAlerting || after.Held == AlertPhase.Resolved ? after.IncidentMs : null,
            Suppression = after.Held == AlertPhase.Pending ? SuppressionReason.NotYetFor : under && after.Phase == AlertPhase.Muted ? SuppressionReason.Mute : null,
            Detail = why,
        });
    }
}
