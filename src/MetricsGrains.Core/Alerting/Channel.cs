namespace MetricsGrains.Core.Alerting;

/// <summary>Where notifications can go. Stored and sent by name ("slack", "pagerduty", "email", "webhook").</summary>
public enum ChannelType : byte
{
    Slack = 1,
    PagerDuty = 2,
    Email = 3,
    Webhook = 4,
}

/// <summary>Which alerts share a message. Stored and sent by name.</summary>
public enum NotificationGrouping : byte
{
    /// <summary>All that go to the channel.</summary>
    Channel = 1,

    /// <summary>Those of one rule.</summary>
    Rule = 2,

    /// <summary>Each alert has its own.</summary>
    Instance = 3,
}

/// <summary>A notification channel as people set it up. Immutable; an edit makes another version of it.</summary>
public sealed record Channel
{
    public required Guid Id { get; init; }

    /// <summary>Unique, whatever its letters' case.</summary>
    public required string Name { get; init; }

    public required ChannelType Type { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>By the names of <see cref="ChannelSchema"/>; what is not secret.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>By the names of <see cref="ChannelSchema"/>. Never leave the process but to the channel's own service: no API, page, log, event or export shows them.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();

    public NotificationGrouping Grouping { get; init; } = NotificationGrouping.Channel;

    /// <summary>How long a group's first message waits for others that fire with it.</summary>
    public TimeSpan GroupWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How far apart a group's messages are at least.</summary>
    public TimeSpan GroupInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Messages a minute, at most; what is over waits.</summary>
    public int RatePerMinute { get; init; } = 30;

    /// <summary>Told when this one fails; null: every other enabled channel is.</summary>
    public Guid? FallbackId { get; init; }

    /// <summary>1 for a new channel, one more with each edit.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Unix ms.</summary>
    public long CreatedAtMs { get; init; }

    /// <summary>Unix ms.</summary>
    public long UpdatedAtMs { get; init; }
}
