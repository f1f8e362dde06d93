namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>What a channel's grain is asked. Sent by name.</summary>
internal enum ChannelCall : byte
{
    Notify = 1,

    /// <summary>Reads the channel anew: it was created, edited or deleted.</summary>
    Reload = 2,

    /// <summary>As <see cref="Reload"/>, unless it has <see cref="ChannelRequest.Version"/> already.</summary>
    Ensure = 3,
    Test = 4,
    Replay = 5,
}
