using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Ports;

/// <summary>Sends messages to one type of channel.</summary>
public interface INotifier
{
    ChannelType Type { get; }

    /// <summary>What is wrong with a channel's settings; none when it can be used. Opens no connection.</summary>
    IReadOnlyList<FieldProblem> Check(Channel channel);

    /// <summary>One attempt. Never throws but for cancellation; ends within 30 s. A message may be sent twice: the receiver's deduplication key is the notification's group key.</summary>
    Task<SendOutcome> SendAsync(Channel channel, Notification notification, CancellationToken cancel);
}
