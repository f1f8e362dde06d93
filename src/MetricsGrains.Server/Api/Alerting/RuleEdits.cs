using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Writes rules into the store with their entry in the history, and tells their grains.</summary>
internal sealed class RuleEdits(AlertingServices services, ChannelNames channels, long nowMs, string by)
{
    /// <summary>The rule as it is to be stored, with its stamps.</summary>
    /// <param name="before">The stored version; null for a new rule.</param>
    public AlertRule Stamp(AlertRule rule, AlertRule? before) => rule with
    {
        Version = (before?.Version ?? 0) + 1,
        CreatedAtMs = before?.CreatedAtMs ?? nowMs,
        UpdatedAtMs = nowMs,
        UpdatedBy = by,
    };

    /// <summary>Whether there is anything to save.</summary>
    public static bool IsChanged(AlertRule before, AlertRule rule) => AlertRuleChanges.Between(before, rule).Length > 0;

    public AlertEvent EventOf(AlertRule rule, AlertRule? before) => new()
    {
        AtMs = nowMs,
        Kind = before is null ? AlertEventKind.RuleCreated : AlertEventKind.RuleEdited,
        RuleId = rule.Id,
        RuleName = rule.Name,
        By = by,
        Detail = before is null ? AlertRuleText.Of(rule) : AlertRuleChanges.Between(Named(before), Named(rule)),
    };

    /// <exception cref="ApiProblemException">409: the name is taken, or the id; 412: somebody else was quicker.</exception>
    public async Task<AlertRule> SaveAsync(AlertRule rule, AlertRule? before, CancellationToken cancel)
    {
        AlertRule stamped = Stamp(rule, before);
        EditResult result = await services.Store.SaveRuleAsync(stamped, EventOf(stamped, before), cancel);
        if (result != EditResult.Done)
        {
            throw result switch
            {
                EditResult.NameTaken => ApiProblemException.OfField("name", $"there is a rule named '{rule.Name}' already", StatusCodes.Status409Conflict),
                EditResult.Conflict when before is null => ApiProblemException.OfField("id", $"there is a rule {rule.Id} already", StatusCodes.Status409Conflict),
                EditResult.NotFound => ApiProblemException.NotFound($"there is no rule {rule.Id} any more"),
                _ => EditPrecondition.Conflict((await services.Store.FindRuleAsync(rule.Id, cancel))?.Version),
            };
        }
        await TellAsync(rule.Id);
        return stamped;
    }

    /// <param name="version">Null: whichever.</param>
    public async Task DeleteAsync(AlertRule rule, int? version, CancellationToken cancel)
    {
        var edit = new AlertEvent { AtMs = nowMs, Kind = AlertEventKind.RuleDeleted, RuleId = rule.Id, RuleName = rule.Name, By = by, Detail = AlertRuleText.Of(rule) };
        EditResult result = await services.Store.DeleteRuleAsync(rule.Id, version, edit, cancel);
        if (result == EditResult.Conflict)
        {
            throw EditPrecondition.Conflict((await services.Store.FindRuleAsync(rule.Id, cancel))?.Version);
        }
        await TellAsync(rule.Id);
    }

    private AlertRule Named(AlertRule rule) => rule with { Channels = [.. rule.Channels.Select(channels.Shown)] };

    // Not with the request's token: what is stored must reach the grain, though the client be gone by now.
    private ValueTask TellAsync(Guid id) => services.Grains.ReloadRuleAsync(id, CancellationToken.None);
}
