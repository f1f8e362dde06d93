using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <summary>The way to the rules and channels of a cluster, wherever they live, and to the silos. A call fails, with any exception, when it is not answered.</summary>
internal interface IAlertPeers
{
    SiloId Self { get; }

    /// <summary>Those that are up, this one among them. The same object while they stay the same.</summary>
    IReadOnlyList<SiloId> Silos { get; }

    /// <summary>What a silo's clock shows, Unix ms.</summary>
    Task<long> TimeAsync(SiloId silo, CancellationToken cancel);

    /// <summary>Tells a silo how this one is.</summary>
    Task ReportAsync(SiloId silo, byte[] report, CancellationToken cancel);

    /// <summary>Where the rules of one silo stand: a list, as <see cref="AlertWire"/> writes it.</summary>
    Task<byte[]> StandingsAsync(SiloId silo, CancellationToken cancel);

    /// <summary>Ends when a metric's grain has all that the silo's log has of it.</summary>
    Task AwaitInStepAsync(SiloId silo, string metric, CancellationToken cancel);

    /// <summary>Asks a rule's grain: a <see cref="RuleRequest"/>, answered by a <see cref="RuleReply"/>.</summary>
    Task<byte[]> AskRuleAsync(Guid ruleId, byte[] request, CancellationToken cancel);

    /// <summary>Asks a channel's grain: a <see cref="ChannelRequest"/>, answered by a <see cref="ChannelReply"/>.</summary>
    Task<byte[]> AskChannelAsync(Guid channelId, byte[] request, CancellationToken cancel);
}
