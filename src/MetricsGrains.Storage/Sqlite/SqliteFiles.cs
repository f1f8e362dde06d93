using MetricsGrains.Core.Ports;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>Opens files beside a node that may be using them.</summary>
internal static class SqliteFiles
{
    /// <summary>For looking only: no row can be written, and a journal that a killed node left is read, not emptied.</summary>
    /// <exception cref="StoreConfigurationException">There is no such file, or it can't be opened.</exception>
    public static SqliteConnection OpenForReading(string path)
    {
        if (!File.Exists(path))
        {
            throw new StoreConfigurationException($"There is no SQLite store at '{path}'; name the file, or the data folder that holds it.");
        }
        return Open(path, SqliteOpenMode.ReadOnly);
    }

    /// <summary>Makes an empty file that whoever may not read the first one may not read either: alerting's has secrets.</summary>
    public static void CreateLike(string path, string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows() && File.Exists(path))
        {
            options.UnixCreateMode = File.GetUnixFileMode(path) | UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        File.Open(file, options).Dispose();
    }

    public static SqliteConnection Create(string path) => Open(path, SqliteOpenMode.ReadWriteCreate);

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        SqliteLibrary.Load();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            connection.Execute("PRAGMA busy_timeout = 5000; PRAGMA cache_size = -65536");
            return connection;
        }
        catch (SqliteException fault)
        {
            connection.Dispose();
            throw SqliteFaults.Map(fault, path, opening: true);
        }
    }
}
