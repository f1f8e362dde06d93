using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using static MetricsGrains.Storage.Alerting.AlertValue;

namespace MetricsGrains.Storage.Alerting;

/// <summary>Rules and the history of their edits.</summary>
internal static class RuleTable
{
    private const string Name = "alert_rules";

    public static async Task<IReadOnlyList<AlertRule>> ListAsync(IAlertSession session)
    {
        List<AlertRule> rules = await session.ReadAsync("SELECT id, definition FROM alert_rules", Rule);
        return [.. rules.OrderBy(r => r.Name, StringComparer.OrdinalIgnoreCase).ThenBy(r => r.Id)];
    }

    public static async Task<AlertRule?> FindAsync(IAlertSession session, Guid id) =>
        (await session.ReadAsync("SELECT id, definition FROM alert_rules WHERE id = $1", Rule, Of(id))).FirstOrDefault();

    public static async Task<EditResult> SaveAsync(IAlertSession session, AlertRule rule, AlertEvent edit)
    {
        await session.LockEditsAsync();
        string definition = AlertJson.Write(rule);
        if (await StoredVersion.CheckAsync(session, await VersionOfAsync(session, rule.Id), rule.Version, definition, edit) is { } answer)
        {
            return answer;
        }
        if ((await session.ReadAsync("SELECT id FROM alert_rules WHERE name_folded = $1 AND id <> $2", r => r.Uuid(0), Of(FoldedName.Of(rule.Name)), Of(rule.Id))).Count > 0)
        {
            return EditResult.NameTaken;
        }
        await WriteAsync(session, rule, definition);
        await NoteAsync(session, rule, deleted: false, rule.UpdatedAtMs, definition);
        await EventTable.AppendAsync(session, [edit]);
        return EditResult.Done;
    }

    /// <exception cref="EditsRefusedException">One was refused; the transaction must not be committed.</exception>
    public static async Task<IReadOnlyList<EditResult>> SaveAllAsync(IAlertSession session, IReadOnlyList<RuleSave> edits)
    {
        var results = new List<EditResult>(edits.Count);
        foreach (RuleSave edit in edits)
        {
            results.Add(await SaveAsync(session, edit.Rule, edit.Edit));
        }
        return results.TrueForAll(r => r == EditResult.Done) ? results : throw new EditsRefusedException(results);
    }

    public static async Task<EditResult> DeleteAsync(IAlertSession session, Guid id, int? version, AlertEvent edit)
    {
        await session.LockEditsAsync();
        if (await FindAsync(session, id) is not { } rule)
        {
            // With this very event in the history it is the same deletion once more, after an answer that was lost.
            return await EventTable.ContainsAsync(session, edit) ? EditResult.Done : EditResult.NotFound;
        }
        if (version is { } wanted && wanted != rule.Version)
        {
            return EditResult.Conflict;
        }
        await session.RunAsync("DELETE FROM alert_rules WHERE id = $1", Of(id));
        AlertRule last = rule with { Version = rule.Version + 1, UpdatedAtMs = edit.AtMs, UpdatedBy = edit.By };
        await NoteAsync(session, last, deleted: true, edit.AtMs, AlertJson.Write(last));
        await EventTable.AppendAsync(session, [edit]);
        return EditResult.Done;
    }

    public static async Task<IReadOnlyList<AlertRuleVersion>> ListVersionsAsync(IAlertSession session, Guid id) => await session.ReadAsync(
        "SELECT rule_id, definition, deleted FROM alert_rule_versions WHERE rule_id = $1 ORDER BY seq DESC",
        r => new AlertRuleVersion(StoredDocument.Read<AlertRule>(r.Text(1), "alert_rule_versions", r.Uuid(0)), r.Flag(2)), Of(id));

    /// <summary>Forgets rules that were deleted before then.</summary>
    public static ValueTask<int> ForgetAsync(IAlertSession session, long beforeMs) => session.RunAsync(
        """
        DELETE FROM alert_rule_versions WHERE rule_id IN (SELECT rule_id FROM alert_rule_versions GROUP BY rule_id HAVING max(at) < $1)
          AND rule_id NOT IN (SELECT id FROM alert_rules)
        """, Time(beforeMs));

    private static async Task<StoredVersion?> VersionOfAsync(IAlertSession session, Guid id)
    {
        List<StoredVersion> found = await session.ReadAsync("SELECT version, definition FROM alert_rules WHERE id = $1", r => new StoredVersion((int)r.Number(0), r.Text(1)), Of(id));
        return found.Count == 0 ? null : found[0];
    }

    private static ValueTask<int> WriteAsync(IAlertSession session, AlertRule rule, string definition) => session.RunAsync(
        """
        INSERT INTO alert_rules (id, name, metric_name, tag_filter, condition, threshold, window_minutes, severity, notification_channel, enabled, created_at,
          name_folded, version, updated_at, definition)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, metric_name = excluded.metric_name, tag_filter = excluded.tag_filter, condition = excluded.condition,
          threshold = excluded.threshold, window_minutes = excluded.window_minutes, severity = excluded.severity, notification_channel = excluded.notification_channel,
          enabled = excluded.enabled, created_at = excluded.created_at, name_folded = excluded.name_folded, version = excluded.version,
          updated_at = excluded.updated_at, definition = excluded.definition
        """,
        Of(rule.Id), Of(FoldedName.Clip(rule.Name)), Of(FoldedName.Clip(rule.MetricName)), Json(AlertJson.Write(rule.TagFilter)), Of(AlertConditions.NameOf(rule.Condition)),
        Of(rule.Threshold), Of(rule.WindowMinutes), Of(rule.Severity.ToString().ToLowerInvariant()), Of(FoldedName.Clip(string.Join(", ", rule.Channels))), Of(rule.Enabled),
        Time(rule.CreatedAtMs), Of(FoldedName.Of(rule.Name)), Of(rule.Version), Time(rule.UpdatedAtMs), Json(definition));

    private static ValueTask<int> NoteAsync(IAlertSession session, AlertRule rule, bool deleted, long atMs, string definition) => session.RunAsync(
        "INSERT INTO alert_rule_versions (rule_id, version, deleted, at, definition) VALUES ($1, $2, $3, $4, $5)",
        Of(rule.Id), Of(rule.Version), Of(deleted), Time(atMs), Json(definition));

    private static AlertRule Rule(IAlertRow row) => StoredDocument.Read<AlertRule>(row.Text(1), Name, row.Uuid(0));
}
