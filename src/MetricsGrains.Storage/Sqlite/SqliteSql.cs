using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>One-off statements on a connection.</summary>
internal static class SqliteSql
{
    /// <summary>Runs a script of any number of statements, without parameters.</summary>
    public static void Execute(this SqliteConnection connection, string sql) =>
        SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(connection.Handle!, sql), connection.Handle!);

    /// <summary>The first column of the first row as a number; 0 when there is no row.</summary>
    public static long Scalar(this SqliteConnection connection, string sql)
    {
        using var statement = new Statement(connection, sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    /// <summary>The first column of the first row as text; empty when there is no row.</summary>
    public static string ScalarText(this SqliteConnection connection, string sql)
    {
        using var statement = new Statement(connection, sql);
        return statement.Step() ? statement.Text(0) : "";
    }

    public static bool InTransaction(this SqliteConnection connection) => raw.sqlite3_get_autocommit(connection.Handle!) == 0;

    /// <param name="fallback">The value of a key that was never set.</param>
    public static long ReadState(this SqliteConnection connection, string key, long fallback)
    {
        using var statement = new Statement(connection, "SELECT value FROM store_state WHERE key = ?1");
        return statement.Bind(1, key).Step() ? statement.Int64(0) : fallback;
    }

    public static void WriteState(this SqliteConnection connection, string key, long value)
    {
        using var statement = new Statement(connection, "INSERT INTO store_state (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
        statement.Bind(1, key).Bind(2, value).Run();
    }
}
