using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>Writes channels. There is no way here for a secret to get out: it starts from <see cref="ChannelView"/>, which has none.</summary>
internal static class ChannelJson
{
    /// <param name="state">Null: it never sent anything.</param>
    public static object Of(ChannelView view, ChannelState? state, ChannelNames channels) => new
    {
        id = view.Id,
        name = view.Name,
        type = ChannelTypes.NameOf(view.Type),
        enabled = view.Enabled,
        settings = view.Settings,
        secrets_set = view.SecretsSet,
        grouping = NameOf(view.Grouping),
        group_wait = AlertDuration.Format(view.GroupWait),
        group_interval = AlertDuration.Format(view.GroupInterval),
        rate_per_minute = view.RatePerMinute,
        fallback = channels.Shown(view.FallbackId),
        failed_in_a_row = state?.FailedInARow ?? 0,
        version = view.Version,
        created_at = ApiTime.Of(view.CreatedAtMs),
        updated_at = ApiTime.Of(view.UpdatedAtMs),
    };

    public static object TypeOf(ChannelType type) => new
    {
        type = ChannelTypes.NameOf(type),
        grouping = NameOf(ChannelSchema.GroupingOf(type)),
        fields = ChannelSchema.Of(type).Select(f => new { name = f.Name, label = f.Label, secret = f.Secret, required = f.Required, @default = f.ByDefault, hint = f.Hint, multiline = f.Multiline }),
    };

    public static object MessageOf(OutboxMessage message) => new
    {
        id = message.Id,
        status = message.Status.ToString().ToLowerInvariant(),
        reason = message.Notification.Reason.ToString().ToLowerInvariant(),
        created_at = ApiTime.Of(message.Notification.CreatedMs),
        attempts = message.Attempts,
        next_attempt_at = message.Status == OutboxStatus.Waiting ? ApiTime.Of(message.NextAttemptMs) : null,
        finished_at = ApiTime.Of(message.FinishedMs),
        answer = message.Answer,
        alerts = message.Notification.Alerts.Select(a => new
        {
            rule_id = a.RuleId,
            rule = a.RuleName,
            severity = AlertNames.Of(a.Severity),
            tags = new Dictionary<string, string>(a.Tags.ToPairs()),
            status = a.Status switch { AlertStatus.NoData => "no_data", AlertStatus.Resolved => "resolved", _ => "firing" },
            message = a.Message,
        }),
    };

    private static string NameOf(NotificationGrouping grouping) => grouping.ToString().ToLowerInvariant();
}
