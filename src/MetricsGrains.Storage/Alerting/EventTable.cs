using System.Globalization;
using System.Text;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using static MetricsGrains.Storage.Alerting.AlertValue;

namespace MetricsGrains.Storage.Alerting;

/// <summary>The history. An event that is stored already, the same in everything but its id, is not stored again: so any write may be repeated.</summary>
internal static class EventTable
{
    /// <summary>Events that one query answers at most.</summary>
    private const int MaxLimit = 1_000;

    public static async Task AppendAsync(IAlertSession session, IReadOnlyList<AlertEvent> events)
    {
        if (events.Count == 0)
        {
            return;
        }
        await session.PrepareEventsAsync(events.Select(e => e.AtMs));
        await session.RunManyAsync(
            """
            INSERT INTO alert_events (at, digest, kind, rule_id, rule_name, instance, instance_hash, phase_from, phase_to, value, incident_at, channel_id, channel_name, suppression, detail, actor)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (at, digest) DO NOTHING
            """,
            events.Select(e => new[]
            {
                Time(e.AtMs), Of(DigestOf(e)), Of((long)e.Kind), Of(e.RuleId), Of(e.RuleName), Of(e.Instance), Of(e.Instance is null ? null : (long?)HashOf(e.Instance)), Of((long?)e.From), Of((long?)e.To),
                Of(e.Value), Time(e.IncidentMs), Of(e.ChannelId), Of(e.ChannelName), Of((long?)e.Suppression), Of(e.Detail), Of(e.By),
            }));
    }

    /// <summary>Whether this very event is stored.</summary>
    public static async Task<bool> ContainsAsync(IAlertSession session, AlertEvent one) =>
        (await session.ReadAsync("SELECT id FROM alert_events WHERE at = $1 AND digest = $2", r => r.Number(0), Time(one.AtMs), Of(DigestOf(one)))).Count > 0;

    public static async Task<IReadOnlyList<AlertEvent>> ReadAsync(IAlertSession session, AlertEventQuery query)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, MaxLimit);
        var sql = new StringBuilder("""
            SELECT id, at, kind, rule_id, rule_name, instance, phase_from, phase_to, value, incident_at, channel_id, channel_name, suppression, detail, actor
            FROM alert_events WHERE at >= $1 AND at < $2
            """);
        List<AlertValue> values = [Time(query.FromMs), Time(query.ToMs)];
        if (query.RuleId is { } rule)
        {
            And("rule_id = ", Of(rule));
        }
        if (query.Instance is { Length: > 0 } instance)
        {
            // The index has the hash: a text may be longer than an index takes.
            And("instance_hash = ", Of(HashOf(instance)));
            And("instance = ", Of(instance));
        }
        if (query.ChannelId is { } channel)
        {
            And("channel_id = ", Of(channel));
        }
        if (query.Kinds.Count > 0)
        {
            sql.Append(CultureInfo.InvariantCulture, $" AND kind IN ({string.Join(", ", query.Kinds.Select(k => (int)k))})");
        }
        if (query.Before is { } before)
        {
            await AddBeforeAsync(before);
        }
        And(" ORDER BY at DESC, id DESC LIMIT ", Of(query.Limit), glue: "");
        return await session.ReadAsync(sql.ToString(), Event, [.. values]);

        void And(string condition, AlertValue value, string glue = " AND ")
        {
            values.Add(value);
            sql.Append(CultureInfo.InvariantCulture, $"{glue}{condition}${values.Count}");
        }

        // Pages follow time, which ids do not quite: rules are saved in another order than they were evaluated in, and clocks are set back.
        async Task AddBeforeAsync(long id)
        {
            List<long> at = await session.ReadAsync("SELECT at FROM alert_events WHERE id = $1", r => r.Time(0), Of(id));
            if (at.Count > 0)
            {
                // A bound that an index knows: else all the pages before this one would be read again.
                values[1] = Time(Math.Min(query.ToMs, at[0] + 1));
                And("(at < ", Time(at[0]));
                And("id < ", Of(id), glue: " OR ");
                sql.Append(')');
            }
            else
            {
                And("id < ", Of(id));
            }
        }
    }

    private static AlertEvent Event(IAlertRow row) => new()
    {
        Id = row.Number(0),
        AtMs = row.Time(1),
        Kind = (AlertEventKind)row.Number(2),
        RuleId = row.IsNull(3) ? null : row.Uuid(3),
        RuleName = row.Text(4),
        Instance = row.IsNull(5) ? null : row.Text(5),
        From = row.IsNull(6) ? null : (AlertPhase)row.Number(6),
        To = row.IsNull(7) ? null : (AlertPhase)row.Number(7),
        Value = row.IsNull(8) ? null : row.Real(8),
        IncidentMs = row.IsNull(9) ? null : row.Time(9),
        ChannelId = row.IsNull(10) ? null : row.Uuid(10),
        ChannelName = row.Text(11),
        Suppression = row.IsNull(12) ? null : (SuppressionReason)row.Number(12),
        Detail = row.Text(13),
        By = row.Text(14),
    };

    /// <summary>Stored: it tells events of one millisecond apart.</summary>
    private static long DigestOf(AlertEvent one) => HashOf(AlertJson.Write(one with { Id = 0 }));

    private static long HashOf(string text) => unchecked((long)StableHash.Of(text));
}
