using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Transfer;

/// <summary>
/// Tells whether a store is still the one that a transfer began with. Every write of a node moves a cursor, a row count, a
/// number or a mark that is in here; the rows themselves need not be read.
/// </summary>
internal static class SourceFingerprint
{
    private static readonly string[] s_queries =
    [
        "SELECT version, applied_at, checksum FROM schema_version ORDER BY version",
        // 'clean' says how the file was closed, not what is in it.
        "SELECT key, value FROM store_state WHERE key <> 'clean' ORDER BY key",
        "SELECT name, min_ms, max_ms, row_count FROM table_partition ORDER BY name",
        "SELECT metric, stream, origin, replay_from, applied_through, open_from FROM flush_cursor ORDER BY metric, stream, origin",
        "SELECT kind, metric_id, bucket FROM dirty_bucket ORDER BY kind, metric_id, bucket",
        "SELECT count(*), max(id), total(series_version), total(last_seen) FROM metric",
        "SELECT count(*), max(id), total(last_seen) FROM series",
    ];

    /// <summary>Rows of alerting are few, but for the outbox and the history, which only grow or move their numbers.</summary>
    private static readonly string[] s_alertQueries =
    [
        "SELECT version, applied_at, checksum FROM schema_version ORDER BY version",
        "SELECT id, version, last_fired_at, definition FROM alert_rules ORDER BY id",
        "SELECT rule_id, state FROM alert_rule_states ORDER BY rule_id",
        "SELECT id, version, definition FROM alert_channels ORDER BY id",
        "SELECT channel_id, state FROM alert_channel_states ORDER BY channel_id",
        "SELECT id, version, definition FROM alert_silences ORDER BY id",
        "SELECT count(*), max(seq) FROM alert_rule_versions",
        "SELECT count(*), max(seq), total(status), total(attempts), total(next_attempt_at), total(finished_at) FROM alert_outbox",
        "SELECT count(*), max(id) FROM alert_events",
    ];

    /// <param name="alerts">Null: there is no alerting.</param>
    public static string Of(SqliteConnection connection, SqliteConnection? alerts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, connection, s_queries);
        if (alerts is not null)
        {
            Add(hash, alerts, s_alertQueries);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, SqliteConnection connection, string[] queries)
    {
        foreach (string query in queries)
        {
            using var statement = new Statement(connection, query);
            while (statement.Step())
            {
                for (int column = 0; column < statement.Columns; column++)
                {
                    byte[] text = Encoding.UTF8.GetBytes(statement.Text(column));
                    hash.AppendData(Encoding.ASCII.GetBytes(text.Length.ToString(CultureInfo.InvariantCulture) + ":"));
                    hash.AppendData(text);
                }
            }
            hash.AppendData("\n"u8);
        }
    }
}
