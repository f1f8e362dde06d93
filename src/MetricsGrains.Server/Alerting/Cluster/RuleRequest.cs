using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <param name="Version">Of the rule, as the asker knows it.</param>
/// <param name="Tags">Of the instance that it is about.</param>
/// <param name="Mute">Null ends a mute.</param>
internal sealed record RuleRequest(
    RuleCall Call, int Version = 0, string By = "", TagSet? Tags = null, RuleMute? Mute = null, Acknowledgement? Acknowledgement = null, Guid ChannelId = default, IReadOnlyList<string>? Incidents = null);
