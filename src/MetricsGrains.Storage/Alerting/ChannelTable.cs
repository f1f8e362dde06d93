using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using static MetricsGrains.Storage.Alerting.AlertValue;

namespace MetricsGrains.Storage.Alerting;

/// <summary>Channels; their secrets in a table of their own.</summary>
internal static class ChannelTable
{
    private const string Select = "SELECT c.id, c.definition, s.secrets FROM alert_channels c LEFT JOIN alert_channel_secrets s ON s.channel_id = c.id";

    private static readonly Dictionary<string, string> s_none = [];

    public static async Task<IReadOnlyList<Channel>> ListAsync(IAlertSession session)
    {
        List<Channel> channels = await session.ReadAsync(Select, ChannelOf);
        return [.. channels.OrderBy(c => c.Name, StringComparer.OrdinalIgnoreCase).ThenBy(c => c.Id)];
    }

    public static async Task<Channel?> FindAsync(IAlertSession session, Guid id) => (await session.ReadAsync($"{Select} WHERE c.id = $1", ChannelOf, Of(id))).FirstOrDefault();

    public static async Task<EditResult> SaveAsync(IAlertSession session, Channel channel, AlertEvent edit)
    {
        await session.LockEditsAsync();
        string definition = AlertJson.Write(channel with { Secrets = s_none });
        string secrets = AlertJson.Write(channel.Secrets);
        if (await StoredVersion.CheckAsync(session, await VersionOfAsync(session, channel.Id), channel.Version, definition + secrets, edit) is { } answer)
        {
            return answer;
        }
        if ((await session.ReadAsync("SELECT id FROM alert_channels WHERE name_folded = $1 AND id <> $2", r => r.Uuid(0), Of(FoldedName.Of(channel.Name)), Of(channel.Id))).Count > 0)
        {
            return EditResult.NameTaken;
        }
        await session.RunAsync(
            """
            INSERT INTO alert_channels (id, name, name_folded, type, enabled, version, created_at, updated_at, definition) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded, type = excluded.type, enabled = excluded.enabled,
              version = excluded.version, created_at = excluded.created_at, updated_at = excluded.updated_at, definition = excluded.definition
            """,
            Of(channel.Id), Of(FoldedName.Clip(channel.Name)), Of(FoldedName.Of(channel.Name)), Of(ChannelTypes.NameOf(channel.Type)), Of(channel.Enabled), Of(channel.Version),
            Time(channel.CreatedAtMs), Time(channel.UpdatedAtMs), Json(definition));
        await session.RunAsync(
            "INSERT INTO alert_channel_secrets (channel_id, secrets) VALUES ($1, $2) ON CONFLICT (channel_id) DO UPDATE SET secrets = excluded.secrets", Of(channel.Id), Json(secrets));
        await EventTable.AppendAsync(session, [edit]);
        return EditResult.Done;
    }

    public static async Task<EditResult> DeleteAsync(IAlertSession session, Guid id, int? version, AlertEvent edit)
    {
        await session.LockEditsAsync();
        if (await VersionOfAsync(session, id) is not { } stored)
        {
            // As with rules: the same deletion once more.
            return await EventTable.ContainsAsync(session, edit) ? EditResult.Done : EditResult.NotFound;
        }
        if (version is { } wanted && wanted != stored.Version)
        {
            return EditResult.Conflict;
        }
        await session.RunAsync("DELETE FROM alert_channel_secrets WHERE channel_id = $1", Of(id));
        await session.RunAsync("DELETE FROM alert_channels WHERE id = $1", Of(id));
        await session.RunAsync("DELETE FROM alert_channel_states WHERE channel_id = $1", Of(id));
        await session.RunAsync("DELETE FROM alert_outbox WHERE channel_id = $1", Of(id));
        await EventTable.AppendAsync(session, [edit]);
        return EditResult.Done;
    }

    public static async Task<ChannelState?> ReadStateAsync(IAlertSession session, Guid id) => (await session.ReadAsync(
        "SELECT channel_id, state FROM alert_channel_states WHERE channel_id = $1",
        r => StoredDocument.Read<ChannelState>(r.Text(1), "alert_channel_states", r.Uuid(0)), Of(id))).FirstOrDefault();

    public static async Task SaveStateAsync(IAlertSession session, ChannelState state, IReadOnlyList<OutboxMessage> messages, IReadOnlyList<AlertEvent> events)
    {
        await session.RunAsync(
            "INSERT INTO alert_channel_states (channel_id, state) VALUES ($1, $2) ON CONFLICT (channel_id) DO UPDATE SET state = excluded.state",
            Of(state.ChannelId), Json(AlertJson.Write(state)));
        await OutboxTable.SaveAsync(session, messages);
        await EventTable.AppendAsync(session, events);
    }

    private static async Task<StoredVersion?> VersionOfAsync(IAlertSession session, Guid id)
    {
        List<StoredVersion> found = await session.ReadAsync(
            "SELECT c.version, c.definition, s.secrets FROM alert_channels c LEFT JOIN alert_channel_secrets s ON s.channel_id = c.id WHERE c.id = $1",
            r => new StoredVersion((int)r.Number(0), r.Text(1) + (r.IsNull(2) ? "" : r.Text(2))), Of(id));
        return found.Count == 0 ? null : found[0];
    }

    private static Channel ChannelOf(IAlertRow row)
    {
        Channel channel = StoredDocument.Read<Channel>(row.Text(1), "alert_channels", row.Uuid(0));
        return row.IsNull(2) ? channel : channel with { Secrets = StoredDocument.Read<Dictionary<string, string>>(row.Text(2), "alert_channel_secrets", row.Uuid(0)) };
    }
}
