namespace MetricsGrains.Core.Alerting;

/// <summary>What became of telling one channel of one incident.</summary>
/// <param name="ToldMs">When it was first told, Unix ms; null: never.</param>
/// <param name="Clause">The end of a sentence: how it was told, or why it was not.</param>
internal sealed record ExplainedDelivery(string Channel, long? ToldMs, string Clause)
{
    /// <summary>One for each channel that the incident's events name, and for each of the rule's that they don't.</summary>
    /// <param name="events">Those of the incident, in time order.</param>
    public static IReadOnlyList<ExplainedDelivery> Of(AlertRule rule, IReadOnlyList<AlertEvent> events, long atMs)
    {
        ExplainedDelivery[] seen = [.. events.Where(e => IsDelivery(e.Kind)).GroupBy(e => e.ChannelName).Select(g => Of(g.Key, [.. g], atMs))];
        // A rule may name its channels by id; then one that was never handed anything can't be told from one under its name.
        IEnumerable<string> untouched = rule.Channels.Where(c => !Guid.TryParse(c, out _) && seen.All(d => !d.Channel.Equals(c, StringComparison.OrdinalIgnoreCase)));
        return [.. seen, .. untouched.Select(c => new ExplainedDelivery(c, null, "nothing was handed to it; does the channel exist?"))];
    }

    private static bool IsDelivery(AlertEventKind kind) => kind is AlertEventKind.NotificationQueued or AlertEventKind.NotificationSent or AlertEventKind.NotificationFailed or AlertEventKind.NotificationDead or AlertEventKind.NotificationSuppressed;

    private static ExplainedDelivery Of(string channel, AlertEvent[] events, long atMs)
    {
        if (Array.Find(events, e => e.Kind == AlertEventKind.NotificationSent) is { } sent)
        {
            string answer = sent.Detail.Length > 0 ? $" ('{sent.Detail}')" : "";
            string late = sent.AtMs > atMs ? Late(events, sent, atMs) : "";
            return new ExplainedDelivery(channel, sent.AtMs, $"at {ExplainedTime.At(sent.AtMs)}{answer}{late}");
        }
        // Of what was tried or kept back the last says where it stands; a look at the state after the time only if there is none before.
        AlertEvent last = Array.FindLast(events, e => e.AtMs <= atMs) ?? events[0];
        return new ExplainedDelivery(channel, null, last.Kind switch
        {
            AlertEventKind.NotificationDead => $"the message was given up at {ExplainedTime.At(last.AtMs)}{Said(last)}",
            AlertEventKind.NotificationFailed => $"the attempt at {ExplainedTime.At(last.AtMs)} failed{Said(last)}",
            AlertEventKind.NotificationQueued => $"a message was put into its outbox at {ExplainedTime.At(last.AtMs)}, but no attempt is recorded",
            _ => $"{ExplainedEvent.Suppression(last)} ({ExplainedTime.At(last.AtMs)})",
        });
    }

    private static string Late(AlertEvent[] events, AlertEvent sent, long atMs)
    {
        string after = $", {ExplainedTime.Span(sent.AtMs - atMs)} after the time asked for";
        return Array.FindLast(events, e => e.AtMs <= sent.AtMs && e.Kind is AlertEventKind.NotificationSuppressed or AlertEventKind.NotificationFailed) switch
        {
            { Kind: AlertEventKind.NotificationSuppressed } held => $"{after}; until then {ExplainedEvent.Suppression(held)}",
            { Kind: AlertEventKind.NotificationFailed } failed => $"{after}; before that an attempt failed{Said(failed)}",
            _ => after,
        };
    }

    private static string Said(AlertEvent entry) => entry.Detail.Length > 0 ? $": '{entry.Detail}'" : "";
}
