using MetricsGrains.Core.Ports;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Turns SQLite's result codes into the port's two exceptions, with what to do about it.</summary>
internal static class SqliteFaults
{
    /// <param name="opening">While opening, a file that can't be opened is a mistake in the configuration; later it is a failing disk.</param>
    public static Exception Map(SqliteException fault, string path, bool opening = false, bool readOnly = false)
    {
        string said = fault.Message;
        return fault.SqliteErrorCode switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new StoreUnavailableException(
                $"The store '{path}' is locked by another process for longer than the busy timeout; stop the other process or point it at another file. ({said})", fault),
            raw.SQLITE_FULL => new StoreUnavailableException(
                $"There is no room for the store '{path}': free disk space, shorten the retention or raise the store's size limit. ({said})", fault),
            raw.SQLITE_IOERR => new StoreUnavailableException(
                $"Reading or writing the store '{path}' failed; check the disk and the system log. ({said})", fault),
            raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY when opening && readOnly => new StoreConfigurationException(
                $"The store '{path}' can't be opened for reading; check that this user may read it, and start the writing node first or give this user write access to the folder: beside the file lies the journal that both share. ({said})", fault),
            raw.SQLITE_CANTOPEN when opening => new StoreConfigurationException(
                $"The store '{path}' can't be opened; check that the folder exists, that it is not itself a folder, and that this user may read and write there. ({said})", fault),
            raw.SQLITE_NOTADB => new StoreConfigurationException(
                $"'{path}' is not a SQLite database; name another file or move this one away. ({said})", fault),
            raw.SQLITE_CORRUPT => Damaged(path, said, fault),
            raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH => new StoreConfigurationException(
                $"The store '{path}' can't be written; give this user write access to the file and its folder, or name another file. ({said})", fault),
            _ => new StoreUnavailableException($"The store '{path}' did not do what it was asked. ({said})", fault),
        };
    }

    public static StoreConfigurationException Damaged(string path, string said, Exception? fault = null) => new(
        $"The store '{path}' is damaged: restore it from a backup, or move it away to start with an empty one (the sqlite3 tool's .recover may save most of it). ({said})", fault);
}
