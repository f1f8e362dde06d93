namespace MetricsGrains.Core.Alerting;

/// <summary>What happened. Stored: the numbers may only grow.</summary>
public enum AlertEventKind : byte
{
    /// <summary>An instance went from one phase to another.</summary>
    StateChanged = 1,
    NotificationQueued = 2,
    NotificationSent = 3,

    /// <summary>An attempt failed and will be repeated.</summary>
    NotificationFailed = 4,

    /// <summary>Given up.</summary>
    NotificationDead = 5,
    NotificationSuppressed = 6,
    Acknowledged = 7,
    RuleCreated = 8,
    RuleEdited = 9,
    RuleDeleted = 10,
    RuleMuted = 11,
    RuleUnmuted = 12,
    SilenceCreated = 13,
    SilenceExpired = 14,

    /// <summary>Evaluations were not possible from a time to a time.</summary>
    EvaluationMissed = 15,
    NotificationReplayed = 16,
    ChannelEdited = 17,
    InstanceForgotten = 18,

    /// <summary>A rule names a channel that does not exist.</summary>
    ChannelMissing = 19,
}

/// <summary>One entry of the history. Kept 90 days.</summary>
public sealed record AlertEvent
{
    /// <summary>Given by the store, growing; 0 before.</summary>
    public long Id { get; init; }

    /// <summary>Unix ms.</summary>
    public required long AtMs { get; init; }

    public required AlertEventKind Kind { get; init; }

    public Guid? RuleId { get; init; }

    public string RuleName { get; init; } = "";

    /// <summary>The instance's group tags, as <c>TagSet.ToString</c> writes them; null: not about one instance.</summary>
    public string? Instance { get; init; }

    public AlertPhase? From { get; init; }

    public AlertPhase? To { get; init; }

    public double? Value { get; init; }

    /// <summary>See <see cref="AlertNotice.IncidentMs"/>.</summary>
    public long? IncidentMs { get; init; }

    public Guid? ChannelId { get; init; }

    public string ChannelName { get; init; } = "";

    public SuppressionReason? Suppression { get; init; }

    /// <summary>For people; no secrets.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Who did it; empty: the node itself.</summary>
    public string By { get; init; } = "";
}
