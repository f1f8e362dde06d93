using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Writes rules and where they stand: the design document's fields, and what it lacks.</summary>
internal static class RuleJson
{
    /// <param name="standing">Null: its grain does not know it yet.</param>
    public static Dictionary<string, object?> Of(AlertRule rule, AlertRuleStanding? standing, ChannelNames channels)
    {
        Dictionary<string, object?> json = Definition(rule, channels);
        json["last_fired_at"] = ApiTime.Of(standing?.State.LastFiredAtMs);
        json["created_at"] = ApiTime.Of(rule.CreatedAtMs);
        json["updated_at"] = ApiTime.Of(rule.UpdatedAtMs);
        json["updated_by"] = rule.UpdatedBy;
        json["version"] = rule.Version;
        json["summary"] = AlertRuleText.Of(rule);
        json["state"] = NameOf(AlertPhases.WorstOf(rule, standing?.State));
        json["firing"] = standing?.State.Instances.Count(i => i.State.IsAlerting) ?? 0;
        json["pending"] = standing?.State.Instances.Count(i => i.State.Held == AlertPhase.Pending) ?? 0;
        json["instance_count"] = standing?.State.Instances.Count ?? 0;
        json["mute"] = standing?.State.Mute is { } mute ? MuteOf(mute) : null;
        json["last_evaluated_at"] = standing is { LastEvaluationMs: > 0 } ? ApiTime.Of(standing.LastEvaluationMs) : null;
        json["waiting_for_first_sample"] = standing is { IsWaiting: true };
        json["problem"] = standing is null or { IsWaiting: true } ? "" : standing.Problem;
        return json;
    }

    /// <summary>As <see cref="Of"/>, with every instance.</summary>
    public static Dictionary<string, object?> Whole(AlertRule rule, AlertRuleStanding? standing, ChannelNames channels)
    {
        Dictionary<string, object?> json = Of(rule, standing, channels);
        json["instances"] = (standing?.State.Instances ?? []).Select(InstanceOf);
        return json;
    }

    /// <summary>What a person wrote, in the order in which one would; without stamps.</summary>
    public static Dictionary<string, object?> Definition(AlertRule rule, ChannelNames channels)
    {
        string[] shown = [.. rule.Channels.Select(channels.Shown)];
        return new Dictionary<string, object?>
        {
            ["id"] = rule.Id,
            ["name"] = rule.Name,
            ["type"] = rule.Type == AlertRuleType.DeadMan ? "dead_man" : "threshold",
            ["metric_name"] = rule.MetricName,
            ["tag_filter"] = RuleBody.FilterOf(rule),
            ["group_by"] = rule.GroupBy,
            ["statistic"] = rule.Statistic.ToString(),
            ["condition"] = AlertConditions.NameOf(rule.Condition),
            ["threshold"] = ApiAnswer.Finite(rule.Threshold),
            ["recovery_threshold"] = ApiAnswer.Finite(rule.RecoveryThreshold),
            ["window_minutes"] = rule.WindowMinutes,
            ["for"] = AlertDuration.Format(rule.For),
            ["keep_firing_for"] = AlertDuration.Format(rule.KeepFiringFor),
            ["no_data"] = rule.NoData switch { NoDataPolicy.Alert => "alert", NoDataPolicy.Ok => "ok", _ => "keep_last" },
            ["no_data_after"] = AlertDuration.Format(rule.NoDataAfter),
            ["severity"] = AlertNames.Of(rule.Severity),
            ["notification_channel"] = shown.FirstOrDefault(),
            ["channels"] = shown,
            ["repeat_interval"] = AlertDuration.Format(rule.RepeatInterval),
            ["inhibits"] = rule.Inhibits,
            ["runbook_url"] = rule.RunbookUrl,
            ["message"] = rule.Message,
            ["owner"] = rule.Owner,
            ["enabled"] = rule.Enabled,
        };
    }

    /// <summary>"inactive", "pending", "firing", "resolved", "no_data", "muted", "error".</summary>
    public static string NameOf(AlertPhase phase) => phase == AlertPhase.NoData ? "no_data" : phase.ToString().ToLowerInvariant();

    public static object MuteOf(RuleMute mute) => new { until = mute.UntilMs == long.MaxValue ? null : ApiTime.Of(mute.UntilMs), by = mute.By, why = mute.Why };

    public static object InstanceOf(AlertInstance instance) => new
    {
        tags = TagsOf(instance),
        instance = instance.Tags.ToString(),
        state = NameOf(instance.State.Phase),
        held_state = NameOf(instance.State.Held),
        since = ApiTime.Of(instance.State.SinceMs),
        pending_since = ApiTime.Of(instance.State.PendingSinceMs),
        firing_since = instance.State.IsAlerting ? ApiTime.Of(instance.State.IncidentMs) : null,
        resolved_at = instance.State.Held == AlertPhase.Resolved ? ApiTime.Of(instance.State.ResolvedMs) : null,
        value = ApiAnswer.Finite(instance.State.LastValue),
        value_at = ApiTime.Of(instance.State.LastValueMs),
        detail = instance.State.Detail,
        acknowledged = instance.Acknowledged is { } a ? new { by = a.By, at = ApiTime.Of(a.AtMs), note = a.Note } : null,
    };

    private static Dictionary<string, string> TagsOf(AlertInstance instance) => new(instance.Tags.ToPairs());
}
