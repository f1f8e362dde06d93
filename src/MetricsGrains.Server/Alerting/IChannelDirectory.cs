using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Alerting;

/// <summary>The channels there are, and the way to them: all that a rule's shell needs to know of their host.</summary>
internal interface IChannelDirectory
{
    /// <summary>By name; the same object until one of them is edited.</summary>
    IReadOnlyList<Channel> Channels { get; }

    /// <summary>Does nothing when there is no such channel. Safe to repeat.</summary>
    ValueTask NotifyAsync(Guid channelId, IReadOnlyList<AlertNotice> notices, CancellationToken cancel);
}
