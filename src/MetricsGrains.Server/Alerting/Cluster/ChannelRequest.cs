using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Alerting.Cluster;

internal sealed record ChannelRequest(ChannelCall Call, int Version = 0, IReadOnlyList<AlertNotice>? Notices = null, Guid MessageId = default, string By = "");
