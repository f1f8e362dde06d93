using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Common;
using MetricsGrains.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MetricsGrains.Storage.Transfer;

/// <summary>
/// The SQLite store to copy from. While this is open no other process can open it: every connection of a node keeps a shared
/// lock on the file for as long as it is open, and this one keeps the exclusive lock.
/// </summary>
internal sealed class TransferSource : IDisposable
{
    private TransferSource(SqliteConnection connection, string path, SqliteConnection? alerts)
    {
        Connection = connection;
        Path = path;
        Alerts = alerts;
        Fingerprint = SourceFingerprint.Of(connection, alerts);
        Partitions = [.. Sqlite.Partitions.Load(connection).Where(p => p.Rows > 0).OrderBy(p => p.Kind).ThenBy(p => p.StartMs)];
        Metrics = connection.Scalar("SELECT count(*) FROM metric");
        Series = connection.Scalar("SELECT count(*) FROM series");
        long seq = 0;
        foreach (Partition partition in Partitions.Where(p => p.Kind is PartitionKind.Raw or PartitionKind.BriefRaw))
        {
            RawSeqBefore.Add(partition.Name, seq);
            seq += connection.Scalar($"SELECT max(id) FROM {partition.Name}");
        }
        NewestSeq = Math.Max(seq, connection.ReadState("next_seq", 1));
    }

    public SqliteConnection Connection { get; }

    public string Path { get; }

    /// <summary>The file of alerting beside it, held as this one is; null: there is none.</summary>
    public SqliteConnection? Alerts { get; }

    /// <summary>Another one as soon as anything was written to the store.</summary>
    public string Fingerprint { get; }

    /// <summary>The tables with rows, by kind and time.</summary>
    public IReadOnlyList<Partition> Partitions { get; }

    public long Metrics { get; }

    public long Series { get; }

    /// <summary>
    /// Added to a raw block's id it is its number in the order of writing over all tables. SQLite's readers take older tables
    /// first, and a table's blocks by id, so this keeps which of two samples at one time is the last.
    /// </summary>
    public Dictionary<string, long> RawSeqBefore { get; } = [];

    /// <summary>No row of the store is numbered higher.</summary>
    public long NewestSeq { get; }

    public long Rows => Partitions.Sum(p => p.Rows);

    /// <param name="alertsPath">May name a file that is not there: then there is no alerting to copy.</param>
    /// <exception cref="StoreConfigurationException">There is no such store, it is damaged, or of another version.</exception>
    /// <exception cref="StoreUnavailableException">Another process has it open.</exception>
    public static TransferSource Open(string path, string? alertsPath, long nowMs)
    {
        if (!File.Exists(path))
        {
            throw new StoreConfigurationException($"There is no SQLite store at '{path}'; name the file, or the data folder that holds it.");
        }
        SqliteConnection connection = Open(path, SqliteSchema.Metrics, nowMs);
        SqliteConnection? alerts = null;
        try
        {
            alerts = File.Exists(alertsPath) ? Open(alertsPath, SqliteSchema.Alerts, nowMs) : null;
            return new TransferSource(connection, path, alerts);
        }
        catch
        {
            alerts?.Dispose();
            connection.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Alerts?.Dispose();
        Connection.Dispose();
    }

    private static SqliteConnection Open(string path, SqliteSchema schema, long nowMs)
    {
        Batteries_V2.Init();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        try
        {
            connection.Open();
            connection.Execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 1000; BEGIN EXCLUSIVE; COMMIT; PRAGMA cache_size = -65536");
            schema.PrepareForCopying(connection, path, nowMs);
            connection.Execute("PRAGMA query_only = ON");
            return connection;
        }
        catch (SqliteException fault)
        {
            connection.Dispose();
            throw fault.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED
                ? new StoreUnavailableException($"The store '{path}' is open in another process: stop the node that uses it (and any program that looks into it), then run this again. ({fault.Message})", fault)
                : SqliteFaults.Map(fault, path, opening: true);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
