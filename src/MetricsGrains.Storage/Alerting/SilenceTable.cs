using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using static MetricsGrains.Storage.Alerting.AlertValue;

namespace MetricsGrains.Storage.Alerting;

/// <summary>Silences and maintenance windows.</summary>
internal static class SilenceTable
{
    private const string Select = "SELECT id, definition FROM alert_silences";

    public static async Task<IReadOnlyList<Silence>> ListAsync(IAlertSession session, long endingAfterMs) =>
        await session.ReadAsync($"{Select} WHERE ends_at > $1 ORDER BY created_at DESC, starts_at DESC, id", SilenceOf, Time(endingAfterMs));

    public static async Task<Silence?> FindAsync(IAlertSession session, Guid id) => (await session.ReadAsync($"{Select} WHERE id = $1", SilenceOf, Of(id))).FirstOrDefault();

    public static async Task<EditResult> SaveAsync(IAlertSession session, Silence silence, AlertEvent edit)
    {
        await session.LockEditsAsync();
        string definition = AlertJson.Write(silence);
        List<StoredVersion> stored = await session.ReadAsync("SELECT version, definition FROM alert_silences WHERE id = $1", r => new StoredVersion((int)r.Number(0), r.Text(1)), Of(silence.Id));
        if (await StoredVersion.CheckAsync(session, stored.Count == 0 ? null : stored[0], silence.Version, definition, edit) is { } answer)
        {
            return answer;
        }
        await session.RunAsync(
            """
            INSERT INTO alert_silences (id, starts_at, ends_at, recurring, created_by, comment, version, created_at, definition) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (id) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at, recurring = excluded.recurring, created_by = excluded.created_by,
              comment = excluded.comment, version = excluded.version, created_at = excluded.created_at, definition = excluded.definition
            """,
            Of(silence.Id), Time(silence.FromMs), Time(silence.ToMs), Of(silence.Recurrence is not null), Of(silence.CreatedBy), Of(silence.Comment), Of(silence.Version),
            Time(silence.CreatedAtMs), Json(definition));
        await EventTable.AppendAsync(session, [edit]);
        return EditResult.Done;
    }

    public static ValueTask<int> DeleteAsync(IAlertSession session, long endedBeforeMs) => session.RunAsync("DELETE FROM alert_silences WHERE ends_at < $1", Time(endedBeforeMs));

    private static Silence SilenceOf(IAlertRow row) => StoredDocument.Read<Silence>(row.Text(1), "alert_silences", row.Uuid(0));
}
