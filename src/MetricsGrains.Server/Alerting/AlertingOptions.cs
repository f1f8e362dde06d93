namespace MetricsGrains.Server.Alerting;

/// <summary>Settings of alerting.</summary>
public sealed record AlertingOptions
{
    /// <summary>How often each rule is evaluated.</summary>
    public TimeSpan EvaluationInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Address of the dashboard as people reach it, for links in messages; without a slash at its end. Empty: messages have no links.</summary>
    public string PublicUrl { get; init; } = "";

    /// <summary>Whether Slack, PagerDuty and webhook addresses may lie in private networks. Off, nobody who may edit channels can reach what only this machine can.</summary>
    public bool AllowPrivateWebhooks { get; init; }

    /// <summary>An external dead-man's service, asked at every interval while rules are evaluated. Empty: none.</summary>
    public string HeartbeatUrl { get; init; } = "";

    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long events, finished messages and versions of deleted rules are kept.</summary>
    public TimeSpan HistoryRetention { get; init; } = TimeSpan.FromDays(90);
}
