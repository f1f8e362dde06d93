namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>What a rule's grain is asked. Sent by name.</summary>
internal enum RuleCall : byte
{
    Describe = 1,

    /// <summary>Reads the rule anew: it was created, edited or deleted.</summary>
    Reload = 2,

    /// <summary>As <see cref="Reload"/>, unless it has <see cref="RuleRequest.Version"/> already.</summary>
    Ensure = 3,
    Evaluate = 4,
    Mute = 5,
    Acknowledge = 6,
    Forget = 7,

    /// <summary>Which of <see cref="RuleRequest.Incidents"/> it tells <see cref="RuleRequest.ChannelId"/> of.</summary>
    Tells = 8,
}
