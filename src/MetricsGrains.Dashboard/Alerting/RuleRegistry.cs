using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>Writes what people do to rules into the store, with the entry in the history, and tells the rule's grain.</summary>
public sealed class RuleRegistry(IAlertStore store, IAlertGrains grains, AlertStandings standings, TimeProvider time)
{
    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <param name="rule">Its version is one more than <paramref name="before"/>'s; 1 for a new one.</param>
    /// <param name="before">The version that was edited; null for a new rule.</param>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<EditResult> SaveAsync(AlertRule rule, AlertRule? before, string by, CancellationToken cancel)
    {
        long now = NowMs;
        AlertRule stamped = rule with { UpdatedAtMs = now, UpdatedBy = by, CreatedAtMs = before?.CreatedAtMs ?? now };
        AlertEvent edit = EventOf(stamped, before is null ? AlertEventKind.RuleCreated : AlertEventKind.RuleEdited, by,
            before is null ? AlertText.Sentence(stamped, "") : RuleDiff.Summary(RuleDiff.Between(before, stamped)));
        EditResult result = await store.SaveRuleAsync(stamped, edit, cancel);
        return await ToldAsync(result, rule.Id, cancel);
    }

    /// <summary>Saves the rule as it is stored, switched on or off.</summary>
    public Task<EditResult> EnableAsync(AlertRule rule, bool enabled, string by, CancellationToken cancel) =>
        SaveAsync(rule with { Enabled = enabled, Version = rule.Version + 1 }, rule, by, cancel);

    public async Task<EditResult> DeleteAsync(AlertRule rule, string by, CancellationToken cancel)
    {
        EditResult result = await store.DeleteRuleAsync(rule.Id, rule.Version, EventOf(rule, AlertEventKind.RuleDeleted, by, "deleted"), cancel);
        return await ToldAsync(result, rule.Id, cancel);
    }

    // Not with the caller's token: what is in the store must reach the grain, though the page be closed by now.
    private async Task<EditResult> ToldAsync(EditResult result, Guid ruleId, CancellationToken cancel)
    {
        if (result == EditResult.Done)
        {
            await grains.ReloadRuleAsync(ruleId, CancellationToken.None);
            standings.Expire();
        }
        cancel.ThrowIfCancellationRequested();
        return result;
    }

    private AlertEvent EventOf(AlertRule rule, AlertEventKind kind, string by, string detail) => new()
    {
        AtMs = NowMs,
        Kind = kind,
        RuleId = rule.Id,
        RuleName = rule.Name,
        Detail = detail,
        By = by,
    };
}
