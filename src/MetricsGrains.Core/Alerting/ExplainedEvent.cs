namespace MetricsGrains.Core.Alerting;

/// <summary>One event of the history as a sentence.</summary>
public static class ExplainedEvent
{
    public static string Sentence(AlertEvent entry) => entry.Kind switch
    {
        AlertEventKind.StateChanged => StateChanged(entry),
        AlertEventKind.NotificationQueued => $"A message for {Channel(entry)} was put into its outbox{Because(entry)}.",
        AlertEventKind.NotificationSent => $"{Channel(entry)} was told{Answer(entry)}.",
        AlertEventKind.NotificationFailed => $"An attempt to tell {Channel(entry)} failed{Answer(entry)}; it is repeated.",
        AlertEventKind.NotificationDead => $"Telling {Channel(entry)} was given up{Answer(entry)}.",
        AlertEventKind.NotificationSuppressed => $"{Channel(entry)} was not told: {Suppression(entry)}.",
        AlertEventKind.Acknowledged => $"{Person(entry)} acknowledged it{Because(entry)}.",
        AlertEventKind.RuleCreated => $"{Person(entry)} created the rule{Because(entry)}.",
        AlertEventKind.RuleEdited => $"{Person(entry)} edited the rule{Because(entry)}.",
        AlertEventKind.RuleDeleted => $"{Person(entry)} deleted the rule{Because(entry)}.",
        AlertEventKind.RuleMuted => $"{Person(entry)} muted the rule{Because(entry)}.",
        AlertEventKind.RuleUnmuted => entry.By.Length > 0 ? $"{entry.By} ended the rule's mute." : "The rule's mute ended.",
        AlertEventKind.SilenceCreated => $"{Person(entry)} made a silence{Because(entry)}.",
        AlertEventKind.SilenceExpired => $"A silence ended{Because(entry)}.",
        AlertEventKind.EvaluationMissed => $"Evaluations were missed{Because(entry)}.",
        AlertEventKind.NotificationReplayed => $"{Person(entry)} had a given-up message to {Channel(entry)} sent again{Because(entry)}.",
        AlertEventKind.ChannelEdited => $"{Person(entry)} edited {Channel(entry)}{Because(entry)}.",
        AlertEventKind.InstanceForgotten => $"{Person(entry)} had the group forgotten{Because(entry)}.",
        AlertEventKind.ChannelMissing => $"The rule names a channel that does not exist{Because(entry)}.",
        _ => entry.Detail,
    };

    /// <summary>What kept a message back, as the end of a sentence.</summary>
    public static string Suppression(AlertEvent entry)
    {
        string by = string.Join(": ", new[] { entry.By, entry.Detail }.Where(t => t.Length > 0));
        return entry.Suppression switch
        {
            SuppressionReason.Silence => "it was silenced by " + Or(by, "a silence"),
            SuppressionReason.Maintenance => "it was in a maintenance window, set by " + Or(by, "a recurring silence"),
            SuppressionReason.Inhibition => "it was inhibited by " + Or(by, "a more severe alert"),
            SuppressionReason.Grouping => "it waited for the next message of its group" + Colon(by),
            SuppressionReason.RateLimit => "the channel had sent as many messages a minute as it may" + Colon(by),
            SuppressionReason.Mute => "the rule was muted by " + Or(by, "somebody"),
            SuppressionReason.NotYetFor => "the condition did not hold for long enough yet" + Colon(by),
            SuppressionReason.Acknowledged => "it was acknowledged by " + Or(by, "somebody"),
            SuppressionReason.ChannelDisabled => "the channel was disabled" + Colon(by),
            _ => Or(by, "no reason is recorded"),
        };
    }

    public static string Channel(AlertEvent entry) => entry.ChannelName.Length > 0 ? $"channel '{entry.ChannelName}'" : "a channel";

    private static string StateChanged(AlertEvent entry)
    {
        string value = entry.Value is { } v ? $" (value {ExplainedTime.Value(v)})" : "";
        string why = entry.Detail.Length > 0 ? ": " + entry.Detail.TrimEnd('.') : "";
        return entry.To switch
        {
            AlertPhase.Pending => $"The condition began to hold{value}{why}.",
            AlertPhase.Firing => $"It began to fire{value}{why}.",
            AlertPhase.NoData => $"It began to fire because its data was missing{why}.",
            AlertPhase.Resolved => $"It resolved{value}{why}.",
            AlertPhase.Inactive when entry.From == AlertPhase.Pending => $"The condition was gone{value} before it had held for long enough{why}.",
            AlertPhase.Inactive => $"It was inactive{value}{why}.",
            AlertPhase.Muted => $"It was muted with its rule{why}.",
            AlertPhase.Error => $"Its data could not be read{why}.",
            _ => $"Its state changed{value}{why}.",
        };
    }

    private static string Person(AlertEvent entry) => entry.By.Length > 0 ? entry.By : "Somebody";

    private static string Because(AlertEvent entry) => Colon(entry.Detail);

    private static string Answer(AlertEvent entry) => entry.Detail.Length > 0 ? $"; the answer was '{entry.Detail.TrimEnd('.')}'" : "";

    private static string Or(string text, string otherwise) => text.Length > 0 ? text.TrimEnd('.') : otherwise;

    private static string Colon(string text) => text.Length > 0 ? ": " + text.TrimEnd('.') : "";
}
