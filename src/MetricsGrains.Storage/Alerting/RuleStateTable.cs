using MetricsGrains.Core.Alerting;
using static MetricsGrains.Storage.Alerting.AlertValue;

namespace MetricsGrains.Storage.Alerting;

/// <summary>Where rules stand.</summary>
internal static class RuleStateTable
{
    public static async Task<AlertRuleState?> ReadAsync(IAlertSession session, Guid ruleId) => (await session.ReadAsync(
        "SELECT rule_id, state FROM alert_rule_states WHERE rule_id = $1",
        r => StoredDocument.Read<AlertRuleState>(r.Text(1), "alert_rule_states", r.Uuid(0)), Of(ruleId))).FirstOrDefault();

    public static async Task SaveAsync(IAlertSession session, AlertRuleState state, IReadOnlyList<AlertEvent> events)
    {
        await session.RunAsync(
            """
            INSERT INTO alert_rule_states (rule_id, evaluated_at, state) VALUES ($1, $2, $3)
            ON CONFLICT (rule_id) DO UPDATE SET evaluated_at = excluded.evaluated_at, state = excluded.state
            """, Of(state.RuleId), Time(state.LastEvaluationMs), Json(AlertJson.Write(state)));
        // Most saves do not change it, and need not write the rule's row.
        await session.RunAsync(
            "UPDATE alert_rules SET last_fired_at = $2 WHERE id = $1 AND (last_fired_at <> $2 OR (last_fired_at IS NULL) <> ($2 IS NULL))",
            Of(state.RuleId), Time(state.LastFiredAtMs));
        await EventTable.AppendAsync(session, events);
    }

    public static ValueTask<int> DeleteAsync(IAlertSession session, Guid ruleId) => session.RunAsync("DELETE FROM alert_rule_states WHERE rule_id = $1", Of(ruleId));

    /// <summary>Deletes what a deleted rule's grain did not live to delete.</summary>
    public static ValueTask<int> ForgetAsync(IAlertSession session, long beforeMs) => session.RunAsync(
        "DELETE FROM alert_rule_states WHERE evaluated_at < $1 AND rule_id NOT IN (SELECT id FROM alert_rules)", Time(beforeMs));
}
