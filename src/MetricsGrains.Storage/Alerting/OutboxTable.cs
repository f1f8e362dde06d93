using MetricsGrains.Core.Alerting;
using static MetricsGrains.Storage.Alerting.AlertValue;

namespace MetricsGrains.Storage.Alerting;

/// <summary>Messages that wait, and those that were sent or given up.</summary>
internal static class OutboxTable
{
    /// <summary>Messages deleted in one transaction: what else wants to write waits no longer than that takes.</summary>
    public const int DeletedAtOnce = 1_000;

    private const string Select = "SELECT id, notification, status, attempts, next_attempt_at, finished_at, answer FROM alert_outbox";

    public static ValueTask SaveAsync(IAlertSession session, IReadOnlyList<OutboxMessage> messages) => session.RunManyAsync(
        """
        INSERT INTO alert_outbox (id, channel_id, status, attempts, created_at, next_attempt_at, finished_at, answer, notification) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (id) DO UPDATE SET channel_id = excluded.channel_id, status = excluded.status, attempts = excluded.attempts, created_at = excluded.created_at,
          next_attempt_at = excluded.next_attempt_at, finished_at = excluded.finished_at, answer = excluded.answer, notification = excluded.notification
        """,
        messages.Select(m => new[]
        {
            Of(m.Id), Of(m.Notification.ChannelId), Of((long)m.Status), Of(m.Attempts), Time(m.Notification.CreatedMs), Time(m.NextAttemptMs), Time(m.FinishedMs), Of(m.Answer),
            Json(AlertJson.Write(m.Notification)),
        }));

    public static async Task<IReadOnlyList<OutboxMessage>> ListAsync(IAlertSession session, Guid channelId, OutboxStatus? status, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        const string Order = "ORDER BY created_at DESC, seq DESC LIMIT $2";
        return status is { } wanted
            ? await session.ReadAsync($"{Select} WHERE channel_id = $1 AND status = $3 {Order}", Message, Of(channelId), Of(limit), Of((long)wanted))
            : await session.ReadAsync($"{Select} WHERE channel_id = $1 {Order}", Message, Of(channelId), Of(limit));
    }

    public static async Task<OutboxMessage?> FindAsync(IAlertSession session, Guid id) => (await session.ReadAsync($"{Select} WHERE id = $1", Message, Of(id))).FirstOrDefault();

    /// <summary>Deletes some of the messages that were finished before then.</summary>
    /// <returns>How many; less than <see cref="DeletedAtOnce"/>: there are no more.</returns>
    public static ValueTask<int> DeleteSomeAsync(IAlertSession session, long beforeMs) => session.RunAsync(
        "DELETE FROM alert_outbox WHERE seq IN (SELECT seq FROM alert_outbox WHERE finished_at < $1 ORDER BY finished_at LIMIT $2)", Time(beforeMs), Of(DeletedAtOnce));

    /// <summary>Deletes what a deleted channel's grain wrote after the deletion.</summary>
    public static async Task ForgetAsync(IAlertSession session)
    {
        await session.RunAsync("DELETE FROM alert_outbox WHERE channel_id NOT IN (SELECT id FROM alert_channels)");
        await session.RunAsync("DELETE FROM alert_channel_states WHERE channel_id NOT IN (SELECT id FROM alert_channels)");
    }

    private static OutboxMessage Message(IAlertRow row) => new(
        StoredDocument.Read<Notification>(row.Text(1), "alert_outbox", row.Uuid(0)), (OutboxStatus)row.Number(2), (int)row.Number(3), row.Time(4), row.IsNull(5) ? null : row.Time(5), row.Text(6));
}
