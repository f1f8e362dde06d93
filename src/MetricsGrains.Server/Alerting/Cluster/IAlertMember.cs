namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>One activation of a rule's or channel's grain: what its host needs of either.</summary>
internal interface IAlertMember
{
    /// <summary>False: there is no such rule or channel, and the activation need not stay.</summary>
    bool Exists { get; }

    Task<byte[]> AskAsync(byte[] request, CancellationToken cancel);

    /// <summary>The activation ends: what there is to save is saved, and it is not one of the silo's any more.</summary>
    Task CloseAsync();
}
