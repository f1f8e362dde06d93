namespace MetricsGrains.Core.Alerting;

/// <summary>Why an instance went from one state to another, for the history.</summary>
internal static class StateReason
{
    public static string Of(AlertRule rule, AlertState before, AlertState after, Observation seen, string unit)
    {
        if (seen.Detail.Length > 0)
        {
            return seen.Detail;
        }
        if (before.Held == after.Held)
        {
            return "";
        }
        if (seen.Kind == ObservationKind.NoData)
        {
            return after.Held switch
            {
                AlertPhase.NoData => $"no samples for {AlertDuration.Format(rule.NoDataAfter)}",
                AlertPhase.Inactive when before.Held == AlertPhase.Resolved => "",
                _ => $"no samples for {AlertDuration.Format(rule.NoDataAfter)}, which the rule takes as all right",
            };
        }
        string value = rule.Type == AlertRuleType.DeadMan ? $"silent for {AlertSentence.SilenceOf(seen.Value)}" : AlertNumber.Format(seen.Value, unit);
        string sign = AlertConditions.SignOf(rule.Condition);
        string limit = rule.Type == AlertRuleType.DeadMan ? $"expected within {AlertDuration.Format(rule.Window)}" : $"{sign} {AlertNumber.Format(rule.Threshold, unit)}";
        return after.Held switch
        {
            AlertPhase.Pending => $"{value}, {limit}; must hold for {AlertDuration.Format(rule.For)}",
            AlertPhase.Firing when rule.For > TimeSpan.Zero && before.Held == AlertPhase.Pending => $"{value}, {limit}, for {AlertDuration.Format(rule.For)}",
            AlertPhase.Firing => $"{value}, {limit}",
            AlertPhase.Resolved when rule.Type == AlertRuleType.DeadMan => "it sends again",
            AlertPhase.Resolved => $"{value}, no longer {sign} {AlertNumber.Format(rule.RecoveryThreshold is { } recovery && before.Breached ? recovery : rule.Threshold, unit)}",
            AlertPhase.Inactive when before.Held == AlertPhase.Pending => $"{value}, no longer {limit}",
            _ => "",
        };
    }
}
