using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <param name="Exists">Whether there is such a channel.</param>
/// <param name="Outcome">Of a test.</param>
internal sealed record ChannelReply(bool Exists, bool IsDone = false, SendOutcome? Outcome = null);
