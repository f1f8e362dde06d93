using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MetricsGrains.Storage.Transfer;

/// <summary>The file of alerts to copy from. While this is open no other process can open it.</summary>
internal static class AlertTransferSource
{
    /// <exception cref="StoreConfigurationException">It is damaged, or of another version.</exception>
    /// <exception cref="StoreUnavailableException">Another process has it open.</exception>
    public static SqliteConnection Open(string path, long nowMs)
    {
        Batteries_V2.Init();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        try
        {
            connection.Open();
            connection.Execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 1000; BEGIN EXCLUSIVE; COMMIT");
            SqliteSchema.Alerts.PrepareForCopying(connection, path, nowMs);
            connection.Execute("PRAGMA query_only = ON");
            return connection;
        }
        catch (SqliteException fault)
        {
            connection.Dispose();
            throw fault.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED
                ? new StoreUnavailableException($"The alerts '{path}' are open in another process: stop the node that uses them (and any program that looks into the file), then run this again. ({fault.Message})", fault)
                : SqliteFaults.Map(fault, path, opening: true);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
