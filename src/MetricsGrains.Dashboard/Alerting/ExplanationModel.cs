using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>"Why wasn't I paged?": a rule, one of its instances and a time, and the answer from the history.</summary>
public sealed class ExplanationModel(IAlertStore store, AlertExplanations explanations, AlertStandings standings)
{
    public Guid? RuleId { get; private set; }

    public string RuleName { get; private set; } = "";

    /// <summary>Null: whichever was worst off.</summary>
    public string? Instance { get; set; }

    /// <summary>Unix ms; null: not entered.</summary>
    public long? AtMs { get; set; }

    /// <summary>Null before the first question.</summary>
    public AlertExplanation? Answer { get; private set; }

    /// <summary>What keeps the question from being asked; empty when nothing does.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>Rules by name, deleted ones left out.</summary>
    public async Task<IReadOnlyList<AlertRule>> RulesAsync(string typed, int limit, CancellationToken cancel) =>
        [.. (await standings.ReadAsync(cancel)).Rules.Select(r => r.Rule).Where(r => r.Name.Contains(typed, StringComparison.OrdinalIgnoreCase)).Take(limit)];

    /// <summary>Groups the rule has now, as the history writes them.</summary>
    public async Task<IReadOnlyList<string>> InstancesAsync(string typed, int limit, CancellationToken cancel)
    {
        AlertRuleStanding? standing = (await standings.ReadAsync(cancel)).Rules.FirstOrDefault(r => r.Rule.Id == RuleId);
        return standing is null ? [] : [.. standing.State.Instances.Select(i => i.Tags.ToString()).Where(t => t.Length > 0 && t.Contains(typed, StringComparison.OrdinalIgnoreCase)).Take(limit)];
    }

    /// <summary>By id, as links give it; the rule may be deleted.</summary>
    public async Task ChooseAsync(Guid id, CancellationToken cancel)
    {
        RuleId = id;
        RuleName = (await store.FindRuleAsync(id, cancel))?.Name ?? (await store.ListVersionsAsync(id, cancel)) switch { [var newest, ..] => newest.Rule.Name, _ => "" };
    }

    /// <summary>By name, as people enter it.</summary>
    public async Task ChooseAsync(string name, CancellationToken cancel)
    {
        AlertRule? rule = (await store.ListRulesAsync(cancel)).FirstOrDefault(r => r.Name.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase));
        (RuleId, RuleName, Instance) = (rule?.Id, name.Trim(), null);
        Problem = rule is null && RuleName.Length > 0 ? $"there is no rule named '{RuleName}'" : "";
    }

    /// <exception cref="StoreUnavailableException"/>
    public async Task AskAsync(CancellationToken cancel)
    {
        Answer = null;
        if (RuleId is not { } id)
        {
            Problem = RuleName.Length == 0 ? "Which rule should have paged?" : $"there is no rule named '{RuleName}'";
            return;
        }
        if (AtMs is not { } at)
        {
            Problem = "At what time?";
            return;
        }
        Problem = "";
        Answer = await explanations.ExplainAsync(id, Instance, at, cancel);
        Problem = Answer is null ? "there is no such rule any more" : "";
    }
}
