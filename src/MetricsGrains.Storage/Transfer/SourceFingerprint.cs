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

    public static string Of(SqliteConnection connection)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string query in s_queries)
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
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
