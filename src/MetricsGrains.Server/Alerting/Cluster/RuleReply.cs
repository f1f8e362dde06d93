using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Alerting.Cluster;

/// <param name="Standing">Null: there is no such rule.</param>
/// <param name="IsDone">Whether there was what it was asked to change.</param>
/// <param name="Told">Of the incidents it was asked about, those it tells.</param>
internal sealed record RuleReply(AlertRuleStanding? Standing, bool IsDone = false, IReadOnlyList<string>? Told = null);
