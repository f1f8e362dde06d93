namespace MetricsGrains.Core.Alerting;

/// <summary>What a ChannelGrain keeps besides its outbox, saved whenever it changed.</summary>
/// <param name="FailedInARow">Attempts that failed since the last one that was delivered.</param>
/// <param name="FailureTold">The channel does not deliver, which is an alert of its own on other channels.</param>
/// <param name="FailingSinceMs">When that alert began, Unix ms; meaningful while <paramref name="FailureTold"/>.</param>
/// <param name="Revision">See <see cref="AlertRuleState"/>.</param>
public sealed record ChannelState(Guid ChannelId, IReadOnlyList<NotificationGroup> Groups, int FailedInARow, bool FailureTold, long FailingSinceMs = 0, long Revision = 0)
{
    public static ChannelState New(Guid channelId) => new(channelId, [], 0, false);
}

/// <summary>Alerts that share messages, from the first that fires until all are over and told.</summary>
/// <param name="Key">See <see cref="Notification.GroupKey"/>.</param>
/// <param name="Scope">What the grouping made it of: empty, a rule's id, or an incident's key.</param>
/// <param name="LastMessageMs">Unix ms; null before the first message.</param>
/// <param name="Reference">See <see cref="Notification.Reference"/>.</param>
public sealed record NotificationGroup(string Key, string Scope, long OpenedMs, long? LastMessageMs, string? Reference, IReadOnlyList<GroupedAlert> Alerts);

/// <summary>An alert in its group, and what the channel was told of it.</summary>
/// <param name="Notice">The newest.</param>
/// <param name="Told">The status last put into a message; null: none yet.</param>
/// <param name="ToldMs">When, Unix ms.</param>
/// <param name="AcknowledgementTold">Whether a message said who took it on.</param>
/// <param name="Suppression">Why it was not told at the last look; null when nothing keeps it back.</param>
/// <param name="SinceMs">Since when it has something to tell that nothing but its group keeps back, Unix ms; to come when telling it was given up, and not before then.</param>
public sealed record GroupedAlert(AlertNotice Notice, AlertStatus? Told, long? ToldMs, bool AcknowledgementTold, Suppression? Suppression, long SinceMs = 0);

/// <summary>What keeps a notice from being told. Stored: the numbers may only grow.</summary>
public enum SuppressionReason : byte
{
    Silence = 1,
    Inhibition = 2,

    /// <summary>Waits for the group's next message.</summary>
    Grouping = 3,
    RateLimit = 4,
    Mute = 5,

    /// <summary>The condition does not hold for as long as the rule wants.</summary>
    NotYetFor = 6,
    Acknowledged = 7,
    ChannelDisabled = 8,
    Maintenance = 9,
}

/// <param name="By">What did it, for people: a silence's author and reason, an inhibiting rule's name.</param>
/// <param name="ById">Id of the silence or rule; null when there is none.</param>
public sealed record Suppression(SuppressionReason Reason, string By, Guid? ById = null);
