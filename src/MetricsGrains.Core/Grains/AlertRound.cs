using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Grains;

/// <summary>One evaluation of a rule: takes each of its instances a step further, lets new ones in and forgets those that are gone.</summary>
internal sealed class AlertRound(AlertRule rule, AlertInstances instances, string unit, bool muted, long nowMs)
{
    private const long ForgetAfterMs = 7 * 86_400_000L;
    private const long HourMs = 3_600_000;

    private readonly List<AlertInstance> _ended = [];

    /// <summary>Instances that were let go of while they were alerting.</summary>
    public IReadOnlyList<AlertInstance> Ended => _ended;

    /// <summary>An instance began to alert.</summary>
    public bool Fired { get; private set; }

    /// <summary>The data could not be read.</summary>
    public void TakeFailure(string problem)
    {
        AddTheOnlyOne();
        foreach (AlertInstance instance in instances.All)
        {
            instances.Step(rule, instance, Observation.Failed(problem), unit, muted, instance.SeenMs, null, nowMs);
        }
    }

    /// <param name="filtered">The rule's filters were changed: whoever is not seen is the rule's no more.</param>
    /// <returns>How many groups are too many to be watched.</returns>
    public int Take(IReadOnlyList<ObservedGroup> groups, in EvaluationWindow window, bool filtered)
    {
        AddTheOnlyOne();
        Dictionary<TagSet, ObservedGroup> seen = groups.ToDictionary(g => g.Tags);
        foreach (AlertInstance instance in instances.All)
        {
            if (!seen.TryGetValue(instance.Tags, out ObservedGroup? group) && rule.GroupBy.Count > 0 && WhyForget(instance, window, filtered) is { } why)
            {
                Forget(instance, why, "");
            }
            else
            {
                Step(instance, group, window);
            }
        }
        ObservedGroup[] unknown = [.. groups.Where(g => instances.Find(g.Tags) is null)];
        int tooMany = MakeRoom(instances.Count + unknown.Length - AlertInstances.Max, seen);
        foreach (ObservedGroup group in unknown.Take(unknown.Length - tooMany))
        {
            Step(instances.GetOrAdd(group.Tags, nowMs), group, window);
        }
        return tooMany;
    }

    /// <summary>Lets go of a group; its alert ends.</summary>
    public void Forget(AlertInstance instance, string why, string by)
    {
        instances.Events.Add(new AlertEvent { AtMs = nowMs, Kind = AlertEventKind.InstanceForgotten, RuleId = rule.Id, RuleName = rule.Name, Instance = instance.Tags.ToString(), By = by, Detail = why });
        if (instances.End(rule, instance, why, nowMs) is { } ended)
        {
            _ended.Add(ended);
        }
    }

    // A rule that does not group has its instance whether or not anything was ever sent: silence from the beginning is silence too.
    private void AddTheOnlyOne()
    {
        if (rule.GroupBy.Count == 0)
        {
            instances.GetOrAdd(TagSet.Empty, nowMs);
        }
    }

    private void Step(AlertInstance instance, ObservedGroup? group, in EvaluationWindow window)
    {
        long seenMs = group is null ? instance.SeenMs : nowMs;
        long? valueMs = null;
        Observation seen;
        if (rule.Type == AlertRuleType.DeadMan)
        {
            // One that never sent is expected from the day the rule was made.
            valueMs = group?.LastSampleMs ?? instance.State.LastValueMs ?? rule.CreatedAtMs;
            seen = ObservationRules.OfDeadMan(valueMs.Value, group is not null, window);
        }
        else
        {
            seen = ObservationRules.OfThreshold(rule, instance.State, group, window);
        }
        AlertInstance next = instances.Step(rule, instance, seen, unit, muted, seenMs, valueMs, nowMs);
        Fired |= next.State.IsAlerting && !instance.State.IsAlerting;
    }

    /// <summary>Groups that are gone and all right make room, those gone longest first.</summary>
    /// <returns>For how many there is none.</returns>
    private int MakeRoom(int wanted, Dictionary<TagSet, ObservedGroup> seen)
    {
        if (wanted > 0)
        {
            foreach (AlertInstance gone in instances.All.Where(i => !i.State.IsAlerting && !seen.ContainsKey(i.Tags)).OrderBy(i => i.SeenMs).Take(wanted))
            {
                instances.Drop(gone);
                wanted--;
            }
        }
        return Math.Max(0, wanted);
    }

    private string? WhyForget(AlertInstance instance, in EvaluationWindow window, bool filtered)
    {
        if (filtered && window.IsWhole)
        {
            return "the rule's filters were changed, and it was not seen since";
        }
        // After a start everybody gets the time to come back before it is too late for them.
        return nowMs - instance.SeenMs >= ForgetAfterMs && nowMs - window.AttendedFromMs >= HourMs ? "not seen for seven days" : null;
    }
}
