using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>The native library, made ready once a process, and its calls that are too short and too many for SQLitePCL's way of making them.</summary>
internal static class SqliteLibrary
{
    private static readonly Lazy<bool> s_ready = new(Prepare);

    /// <summary>Before anything else of SQLite.</summary>
    public static void Load() => _ = s_ready.Value;

    private static bool Prepare()
    {
        Batteries_V2.Init();
        // One thread at a time uses a connection here, so its mutex, locked and unlocked for every column of every row, guards nothing. Where something
        // else in the process has begun with SQLite before, it is too late: everything works as well, only slower.
        int rc = raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
        if (rc is not (raw.SQLITE_OK or raw.SQLITE_MISUSE))
        {
            SqliteException.ThrowExceptionForRC(rc, null);
        }
        return true;
    }

    /// <summary>
    /// Reading a row's columns. SQLitePCL's calls count references to the statement and tell the garbage collector that they may take long, which takes
    /// several times as long as what they do: reading a row of nine columns took twice the time. None of these waits for anything, and who calls them keeps the statement.
    /// </summary>
    public static class Column
    {
        private const string Library = "e_sqlite3";

        [DllImport(Library, EntryPoint = "sqlite3_column_int64")]
        [SuppressGCTransition]
        public static extern long Int64(IntPtr statement, int column);

        [DllImport(Library, EntryPoint = "sqlite3_column_double")]
        [SuppressGCTransition]
        public static extern double Real(IntPtr statement, int column);

        [DllImport(Library, EntryPoint = "sqlite3_column_type")]
        [SuppressGCTransition]
        public static extern int Type(IntPtr statement, int column);

        [DllImport(Library, EntryPoint = "sqlite3_column_blob")]
        [SuppressGCTransition]
        public static extern IntPtr Blob(IntPtr statement, int column);

        /// <summary>After <see cref="Blob"/>.</summary>
        [DllImport(Library, EntryPoint = "sqlite3_column_bytes")]
        [SuppressGCTransition]
        public static extern int Bytes(IntPtr statement, int column);
    }
}
