using MetricsGrains.Storage.Alerting;
using static MetricsGrains.Storage.Alerting.AlertValueKind;

namespace MetricsGrains.Storage.Transfer;

/// <summary>An alert table as it is copied and compared.</summary>
/// <param name="CopyKey">Unique; rows are written in its order. A number that the database gives is not copied, so the order is what is kept of it.</param>
/// <param name="CompareKey">Unique; rows are compared in its order, which must be the same in both databases.</param>
internal sealed record AlertTable(string Name, AlertColumn[] CopyKey, AlertColumn[] CompareKey, AlertColumn[] Columns)
{
    private static readonly AlertColumn s_seq = new("seq", Number), s_id = new("id", Uuid), s_ruleId = new("rule_id", Uuid), s_channelId = new("channel_id", Uuid);

    /// <summary>The history, which is the one that grows big. Rows that are there are not written again.</summary>
    public static AlertTable Events { get; } = new(
        "alert_events", [new("id", Number)], [new("at", Time), new("digest", Number)],
        [
            new("at", Time), new("digest", Number), new("kind", Number), s_ruleId, new("rule_name", Text), new("instance", Text), new("instance_hash", Number), new("phase_from", Number),
            new("phase_to", Number), new("value", Real), new("incident_at", Time), s_channelId, new("channel_name", Text), new("suppression", Number), new("detail", Text), new("actor", Text),
        ]);

    /// <summary>All others, in an order in which they may be written.</summary>
    public static IReadOnlyList<AlertTable> Others { get; } =
    [
        // PostgreSQL writes a jsonb in its own way; the definition has the filter too.
        Keyed(
            "alert_rules", s_id, new("name", Text), new("metric_name", Text), new("tag_filter", Json, Compared: false), new("condition", Text), new("threshold", Real), new("window_minutes", Number),
            new("severity", Text), new("notification_channel", Text), new("enabled", Flag), new("last_fired_at", Time), new("created_at", Time), new("name_folded", Text),
            new("version", Number), new("updated_at", Time), new("definition", Json)),
        Numbered("alert_rule_versions", s_ruleId, new("version", Number), new("deleted", Flag), new("at", Time), new("definition", Json)),
        Keyed("alert_rule_states", s_ruleId, new("evaluated_at", Time), new("state", Json)),
        Keyed(
            "alert_channels", s_id, new("name", Text), new("name_folded", Text), new("type", Text), new("enabled", Flag), new("version", Number), new("created_at", Time),
            new("updated_at", Time), new("definition", Json)),
        Keyed("alert_channel_secrets", s_channelId, new("secrets", Json)),
        Keyed("alert_channel_states", s_channelId, new("state", Json)),
        Numbered(
            "alert_outbox", s_id, s_channelId, new("status", Number), new("attempts", Number), new("created_at", Time), new("next_attempt_at", Time), new("finished_at", Time),
            new("answer", Text), new("notification", Json)),
        Keyed(
            "alert_silences", s_id, new("starts_at", Time), new("ends_at", Time), new("recurring", Flag), new("created_by", Text), new("comment", Text), new("version", Number),
            new("created_at", Time), new("definition", Json)),
    ];

    public string InsertSql =>
        $"INSERT INTO {Name} ({string.Join(", ", Columns.Select(c => c.Name))}) VALUES ({string.Join(", ", Columns.Select((_, i) => $"${i + 1}"))})" + (this == Events ? " ON CONFLICT (at, digest) DO NOTHING" : "");

    /// <summary>Reads the rows after one, in the order of a key.</summary>
    /// <param name="after">Values of the key; null: from the first row on.</param>
    public ValueTask<List<AlertTableRow>> ReadAsync(IAlertSession session, AlertColumn[] key, AlertValue[]? after, int limit)
    {
        string names = string.Join(", ", key.Select(c => c.Name));
        string where = after is null ? "" : $"WHERE ({names}) > ({string.Join(", ", key.Select((_, i) => $"${i + 2}"))})";
        return session.ReadAsync(
            $"SELECT {names}, {string.Join(", ", Columns.Select(c => c.Name))} FROM {Name} {where} ORDER BY {names} LIMIT $1",
            row => new AlertTableRow(
                [.. key.Select((c, i) => c.Read(row, i))],
                [.. Columns.Select((c, i) => c.Read(row, key.Length + i))]),
            [AlertValue.Of(limit), .. after ?? []]);
    }

    private static AlertTable Keyed(string name, params AlertColumn[] columns) => new(name, [columns[0]], [columns[0]], columns);

    private static AlertTable Numbered(string name, params AlertColumn[] columns) => new(name, [s_seq], [s_seq], columns);
}
