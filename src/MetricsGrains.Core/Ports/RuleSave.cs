using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Ports;

/// <summary>A rule to be saved, and its entry in the history. See <see cref="IAlertRuleStore.SaveRuleAsync"/>.</summary>
public sealed record RuleSave(AlertRule Rule, AlertEvent Edit);
