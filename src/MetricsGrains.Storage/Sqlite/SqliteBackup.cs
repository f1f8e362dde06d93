using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Wal;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>
/// Copies a store, of metrics or of alerting, as it is at one moment, into one file, while a node goes on writing to it. Source: SQLite documentation,
/// "Using the SQLite Online Backup API".
/// </summary>
public sealed class SqliteBackup(string path)
{
    private const int PagesAStep = 4_096;

    /// <summary>Writes the backup. It appears under its name once it is whole, checked and on disk; never half of it.</summary>
    /// <param name="file">Must not exist.</param>
    /// <param name="progress">Bytes done and bytes in all.</param>
    /// <returns>The backup's size in bytes.</returns>
    /// <exception cref="StoreConfigurationException">There is no such store, the file exists, or its folder can't be written.</exception>
    /// <exception cref="StoreUnavailableException">Reading or writing failed; nothing is left of the file.</exception>
    public Task<long> WriteAsync(string file, Action<long, long> progress, CancellationToken cancel) => Task.Run(() => Write(Path.GetFullPath(file), progress, cancel), cancel);

    private long Write(string file, Action<long, long> progress, CancellationToken cancel)
    {
        SqliteLibrary.Load();
        RefuseExisting(file);
        // Beside the file itself, so that it can be renamed; made here, so that two backups never write to one.
        string draft = $"{file}.{Path.GetRandomFileName()}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            SqliteFiles.CreateLike(path, draft);
            Copy(draft, progress, cancel);
            RefuseExisting(file);
            File.Move(draft, file);
            new DiskFiles().SyncDirectory(Path.GetDirectoryName(file)!);
            return new FileInfo(file).Length;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StoreConfigurationException($"The backup '{file}' can't be written: {fault.Message} Choose another place, with room for {SizeOf(path):N0} bytes.", fault);
        }
        finally
        {
            foreach (string end in (string[])["", "-journal", "-wal", "-shm"])
            {
                File.Delete(draft + end);
            }
        }
    }

    private void Copy(string draft, Action<long, long> progress, CancellationToken cancel)
    {
        using SqliteConnection source = SqliteFiles.OpenForReading(path);
        using SqliteConnection target = SqliteFiles.Create(draft);
        try
        {
            // One snapshot for all of it: else every write of the node would make the backup begin again.
            source.Execute("BEGIN");
            SqliteSchema.Of(source).CheckOurs(source, path);
            CopyPages(source, target, progress, cancel);
            source.Execute("COMMIT");
            // Out of the write-ahead journal's mode, so that the backup is one file wherever it is looked at; a node puts it back.
            target.Execute("PRAGMA journal_mode = DELETE");
            // What is damaged in the copy is so in the store.
            SqliteSchema.CheckIntegrity(target, path);
            // Checked again at the first start after it was restored: who knows what it went through until then.
            SqliteSchema.MarkUnclean(target);
        }
        catch (SqliteException fault)
        {
            throw SqliteFaults.Map(fault, path);
        }
    }

    private static void CopyPages(SqliteConnection source, SqliteConnection target, Action<long, long> progress, CancellationToken cancel)
    {
        long pageBytes = source.Scalar("PRAGMA page_size");
        using sqlite3_backup backup = raw.sqlite3_backup_init(target.Handle!, "main", source.Handle!, "main");
        if (backup.IsInvalid)
        {
            SqliteException.ThrowExceptionForRC(raw.sqlite3_errcode(target.Handle!), target.Handle!);
        }
        int rc;
        do
        {
            cancel.ThrowIfCancellationRequested();
            rc = raw.sqlite3_backup_step(backup, PagesAStep);
            long pages = raw.sqlite3_backup_pagecount(backup);
            progress((pages - raw.sqlite3_backup_remaining(backup)) * pageBytes, pages * pageBytes);
        }
        while (rc == raw.SQLITE_OK);
        if (rc != raw.SQLITE_DONE)
        {
            SqliteException.ThrowExceptionForRC(rc, target.Handle!);
        }
    }

    private static void RefuseExisting(string file)
    {
        if (File.Exists(file) || Directory.Exists(file))
        {
            throw new StoreConfigurationException($"'{file}' exists already, and a backup overwrites nothing; choose another name.");
        }
    }

    private static long SizeOf(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
}
