using System.Buffers.Binary;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Crash.Tests.Stores;

/// <summary>
/// Tells from the files that a kill left behind what the node was doing to its store, to show that the kills hit what they are meant to hit. Looks
/// at copies: opening the files themselves would repair them.
/// </summary>
internal static class SqliteAfterKill
{
    public static string Describe(string dataPath)
    {
        using var copy = new DataFolder();
        string database = Path.Combine(copy.Path, "metrics.db");
        foreach (string suffix in (string[])["", "-wal"])
        {
            if (File.Exists(Path.Combine(dataPath, "metrics.db" + suffix)))
            {
                File.Copy(Path.Combine(dataPath, "metrics.db" + suffix), database + suffix);
            }
        }
        if (HasTornCommit(database + "-wal"))
        {
            return "in a commit";
        }
        SQLitePCL.Batteries_V2.Init();
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Pooling = false }.ToString());
        connection.Open();
        if (Scalar(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'flush_cursor'") == 0)
        {
            return "before the store's first use";
        }
        // The loop's order: rollups, raw blocks, derived hours.
        long flushed = Scalar(connection, "SELECT coalesce(max(applied_through), 0) FROM flush_cursor WHERE stream = 1"), archived = Scalar(connection, "SELECT coalesce(max(applied_through), 0) FROM flush_cursor WHERE stream = 2");
        long hour = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 3_600_000 * 3_600_000;
        return flushed > archived ? "between flush and raw"
            : Scalar(connection, $"SELECT count(*) FROM dirty_bucket WHERE kind = 2 AND bucket < {hour}") > 0 ? "between raw and derive"
            : "between rounds of writing";
    }

    /// <summary>Whether the journal ends in frames of a transaction whose commit frame is missing. Source: sqlite.org/fileformat2.html, section 4.</summary>
    private static bool HasTornCommit(string journal)
    {
        byte[] bytes = File.Exists(journal) ? File.ReadAllBytes(journal) : [];
        const int header = 32, frameHeader = 24;
        if (bytes.Length < header)
        {
            return false;
        }
        int page = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(8));
        ReadOnlySpan<byte> salts = bytes.AsSpan(16, 8);
        bool open = false;
        for (int at = header; at + frameHeader <= bytes.Length && bytes.AsSpan(at + 8, 8).SequenceEqual(salts); at += frameHeader + page)
        {
            // A frame that ends a transaction holds the size of the database.
            open = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at + 4)) == 0 || at + frameHeader + page > bytes.Length;
        }
        return open;
    }

    private static long Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
