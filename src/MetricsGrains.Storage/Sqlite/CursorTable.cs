using MetricsGrains.Core.Ports;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>The flush cursors. Their 64-bit numbers are kept bit for bit in SQLite's signed integers and compared here.</summary>
internal static class CursorTable
{
    /// <param name="metric">Null: of all metrics.</param>
    public static List<FlushCursor> Load(SqliteConnection connection, string? metric = null)
    {
        using var statement = new Statement(connection, $"SELECT metric, stream, origin, replay_from, applied_through, open_from FROM flush_cursor{(metric is null ? "" : " WHERE metric = ?1")}");
        if (metric is not null)
        {
            statement.Bind(1, metric);
        }
        var cursors = new List<FlushCursor>();
        while (statement.Step())
        {
            cursors.Add(new FlushCursor(
                statement.Text(0), (FlushStream)statement.Int64(1), statement.Text(2),
                unchecked((ulong)statement.Int64(3)), unchecked((ulong)statement.Int64(4)), statement.Int64(5)));
        }
        return cursors;
    }

    /// <summary>Moves the cursors that are beyond the stored ones. Inside a transaction.</summary>
    /// <returns>False: none is, so what they came with is in the store already.</returns>
    public static bool TryMove(SqliteConnection connection, IReadOnlyList<FlushCursor> cursors)
    {
        bool moved = false;
        using var find = new Statement(connection, "SELECT applied_through, open_from FROM flush_cursor WHERE metric = ?1 AND stream = ?2 AND origin = ?3");
        using var put = new Statement(connection, "INSERT OR REPLACE INTO flush_cursor VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        foreach (FlushCursor cursor in cursors)
        {
            bool known = find.Bind(1, cursor.Metric).Bind(2, (long)cursor.Stream).Bind(3, cursor.Origin).Step();
            bool beyond = known ? cursor.IsBeyond(unchecked((ulong)find.Int64(0)), find.Int64(1)) : cursor.After is null or 0;
            find.Reset();
            if (beyond)
            {
                put.Bind(1, cursor.Metric).Bind(2, (long)cursor.Stream).Bind(3, cursor.Origin)
                    .Bind(4, unchecked((long)cursor.ReplayFrom)).Bind(5, unchecked((long)cursor.AppliedThrough)).Bind(6, cursor.OpenFromMs).Run();
                moved = true;
            }
        }
        return moved;
    }
}
