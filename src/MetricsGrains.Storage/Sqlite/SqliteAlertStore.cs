using System.Diagnostics;
using System.Runtime.ExceptionServices;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Alerting;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>
/// Alerting in a SQLite file of its own, so that a flush of metrics never holds up a page. A write is one transaction, on disk when its
/// task completes. One process at a time.
/// </summary>
/// <param name="options">The file holds the channels' secrets: nobody but its owner is given access when it is made.</param>
/// <param name="time">Notes when migrations were applied.</param>
public sealed class SqliteAlertStore(SqliteStoreOptions options, TimeProvider time) : AlertStore
{
    /// <summary>Events deleted in one transaction: a page that is to be written waits no longer than that takes.</summary>
    private const int DeletedAtOnce = 2_000;

    private readonly SqliteDatabase _database = new(options);
    private int _disposed;

    /// <param name="path">The file; its folder is made when absent.</param>
    /// <param name="time">Notes when migrations were applied.</param>
    public SqliteAlertStore(string path, TimeProvider time)
        : this(new SqliteStoreOptions { Path = path }, time)
    {
    }

    public override Task OpenAsync(CancellationToken cancel)
    {
        MakePrivate();
        return SqliteSchema.Alerts.OpenAsync(_database, options, time, cancel);
    }

    /// <summary>Waits for what is under way, marks the file as closed in order, and closes it.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _database.CloseAsync(SqliteSchema.Finish);
        }
    }

    private protected override Task<T> ReadAsync<T>(Func<IAlertSession, Task<T>> body, CancellationToken cancel) =>
        _database.ReadAsync(connection => Finished(body(new SqliteAlertSession(connection, cancel))), cancel);

    private protected override Task<T> WriteAsync<T>(Func<IAlertSession, Task<T>> body, CancellationToken cancel) =>
        _database.WriteAsync(connection => Finished(body(new SqliteAlertSession(connection, cancel))), static () => { }, static () => { }, cancel);

    private protected override async Task DropEventsAsync(long beforeMs, CancellationToken cancel)
    {
        int deleted;
        do
        {
            deleted = await WriteAsync(
                async s => await s.RunAsync(
                    "DELETE FROM alert_events WHERE id IN (SELECT id FROM alert_events WHERE at < $1 ORDER BY at LIMIT $2)", AlertValue.Time(beforeMs), AlertValue.Of(DeletedAtOnce)), cancel);
        }
        while (deleted == DeletedAtOnce);
        while (await _database.OnWriterAsync(SqliteRetention.Shrink, cancel))
        {
        }
    }

    /// <summary>A body over this session never waits: it is done, one way or the other, when it returns.</summary>
    private static T Finished<T>(Task<T> body)
    {
        if (!body.IsCompleted)
        {
            throw new UnreachableException("BUG: a transaction waited for something else than SQLite");
        }
        if (body.IsCompletedSuccessfully)
        {
            return body.Result;
        }
        if (body.Exception is { InnerException: { } fault })
        {
            ExceptionDispatchInfo.Throw(fault);
        }
        throw new OperationCanceledException();
    }

    /// <summary>The journals take the file's rights.</summary>
    private void MakePrivate()
    {
        if (options.ReadOnly || OperatingSystem.IsWindows() || File.Exists(options.Path))
        {
            return;
        }
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(options.Path)) is { Length: > 0 } folder)
            {
                Directory.CreateDirectory(folder);
            }
            File.Open(options.Path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }).Dispose();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StoreConfigurationException($"The alert store '{options.Path}' can't be made: {fault.Message} Give this user write access to the folder, or name another.", fault);
        }
    }
}
