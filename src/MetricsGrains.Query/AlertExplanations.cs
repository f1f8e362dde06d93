using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Query;

/// <summary>Answers "why wasn't I paged?" from the history, from what the rule knows, and from what its metric's windows held.</summary>
public sealed class AlertExplanations(IAlertStore store, IAlertGrains grains, IRulePreviews previews)
{
    private const int PageSize = 1_000;

    // Of a rule that flaps for a week no more than this is read; the answer is in what is nearest.
    private const int MaxPages = 5;

    /// <param name="instance">The group's tags; null: whichever was worst off.</param>
    /// <param name="atMs">Unix ms.</param>
    /// <returns>Null: there is no such rule, and there was none.</returns>
    /// <exception cref="StoreUnavailableException">The history can't be read.</exception>
    public async Task<AlertExplanation?> ExplainAsync(Guid ruleId, string? instance, long atMs, CancellationToken cancel)
    {
        AlertRule? rule = await store.FindRuleAsync(ruleId, cancel);
        IReadOnlyList<AlertRuleVersion> versions = await store.ListVersionsAsync(ruleId, cancel);
        if (rule is null && versions.Count == 0)
        {
            return null;
        }
        instance = string.IsNullOrEmpty(instance) ? null : instance;
        IReadOnlyList<AlertInstance>? instances = rule is null ? null : (await grains.DescribeRuleAsync(ruleId, cancel))?.State.Instances;
        List<AlertEvent> events = await EventsAsync(ruleId, instances ?? [], atMs, cancel);
        if (instance is not null)
        {
            instance = InstanceName.Known(instance, [.. (instances ?? []).Select(i => i.Tags.ToString()), .. events.Select(e => e.Instance).OfType<string>()]);
        }
        bool known = instance is null || events.Exists(e => e.Instance == instance)
            || (await store.ReadEventsAsync(new AlertEventQuery(ruleId, instance, null, [], 0, long.MaxValue, null, 1), cancel)).Count > 0;
        AlertRule? then = versions.Where(v => !v.Deleted && v.Rule.UpdatedAtMs <= atMs).MaxBy(v => v.Rule.Version)?.Rule ?? rule;
        var evidence = new ExplanationEvidence(instances, known, await ValuesAsync(then, instance, atMs, cancel));
        return AlertExplanation.Of(rule, versions, events, instance, atMs, evidence);
    }

    private async Task<List<AlertEvent>> EventsAsync(Guid rule, IReadOnlyList<AlertInstance> instances, long atMs, CancellationToken cancel)
    {
        long from = atMs - (long)AlertExplanation.Before.TotalMilliseconds;
        // The nearest to the time first: a rule that flaps has more than is read.
        List<AlertEvent> events = await ReadAsync(rule, from, atMs + 1, cancel);
        events.AddRange(await ReadAsync(rule, atMs + 1, atMs + (long)AlertExplanation.After.TotalMilliseconds, cancel));
        // An incident that began before all that goes on in it: what was told of it is where it began.
        long? began = instances.Where(i => i.State.IsAlerting).Select(i => i.State.IncidentMs).Concat(events.Select(e => e.IncidentMs)).Where(i => i < from).Min();
        if (began is { } start)
        {
            events.AddRange(await ReadAsync(rule, start, from, cancel));
        }
        return events;
    }

    private async Task<List<AlertEvent>> ReadAsync(Guid rule, long fromMs, long toMs, CancellationToken cancel)
    {
        var events = new List<AlertEvent>();
        var query = new AlertEventQuery(rule, null, null, [], fromMs, toMs, null, PageSize);
        for (int page = 0; page < MaxPages; page++)
        {
            IReadOnlyList<AlertEvent> read = await store.ReadEventsAsync(query, cancel);
            events.AddRange(read);
            if (read.Count < PageSize)
            {
                break;
            }
            query = query with { Before = read[^1].Id };
        }
        return events;
    }

    /// <summary>Null where there is nothing to read any more, or it can't be read: the history is an answer without it.</summary>
    private async Task<IReadOnlyList<PreviewSeries>?> ValuesAsync(AlertRule? rule, string? instance, long atMs, CancellationToken cancel)
    {
        if (rule is null)
        {
            return null;
        }
        try
        {
            RulePreview preview = await previews.PreviewAsync(rule, atMs - (long)ExplanationEvidence.ValuesBefore.TotalMilliseconds, atMs, cancel);
            if (!preview.MetricKnown)
            {
                return [];
            }
            // Of groups that are not shown, or whose points were not kept, nothing is known.
            bool whole = preview.Problem.Length == 0 && preview.Truncated + preview.Uncounted == 0;
            PreviewGroup[] groups = [.. preview.Groups.Where(g => instance is null || g.Tags.ToString() == instance)];
            return whole || (groups.Length > 0 && instance is not null) ? [.. groups.Select(g => new PreviewSeries(g.Tags, g.Points))] : null;
        }
        catch (Exception error) when (error is QueryException or StoreUnavailableException)
        {
            return null;
        }
    }
}
