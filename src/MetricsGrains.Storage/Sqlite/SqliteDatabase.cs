using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace MetricsGrains.Storage.Sqlite;

/// <summary>
/// The connections to one file: a writer used by one transaction at a time (none when it is opened read-only), and a few readers, each
/// seeing the snapshot of the moment its read began. SQLite's calls block, so they run on pool threads: at most one for writing and one a reader.
/// </summary>
internal sealed class SqliteDatabase(SqliteStoreOptions options)
{
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SemaphoreSlim _reading = new(options.ReadConnections, options.ReadConnections);
    private readonly ConcurrentBag<SqliteConnection> _idleReaders = [];
    private SqliteConnection? _writer;
    private bool _opened;
    private bool _disposed;

    public string Path => options.Path;

    /// <summary>Opens the writer (read-only: a reader) and hands it to <paramref name="prepare"/>, outside of a transaction. May be repeated after a failure.</summary>
    public async Task OpenAsync(Action<SqliteConnection> prepare, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_opened)
            {
                throw new InvalidOperationException("The store is open already.");
            }
            SqliteConnection first = await Task.Run(() => OpenFirst(prepare), CancellationToken.None);
            if (options.ReadOnly)
            {
                _idleReaders.Add(first);
            }
            else
            {
                _writer = first;
            }
            _opened = true;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Runs the body in a transaction of its own: it commits, or nothing of it happened (or, after a failing commit, it is unknown).</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> body, Action committed, Action failed, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            SqliteConnection writer = Writer();
            return await Task.Run(() => InTransaction(writer, body, committed, failed), CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Runs the body on the writer without a transaction, for the few pragmas that need that.</summary>
    public async Task<T> OnWriterAsync<T>(Func<SqliteConnection, T> body, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            SqliteConnection writer = Writer();
            return await Task.Run(() => Mapped(() => body(writer)), CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Runs the body over one snapshot.</summary>
    public async Task<T> ReadAsync<T>(Func<SqliteConnection, T> body, CancellationToken cancel)
    {
        await _reading.WaitAsync(cancel);
        try
        {
            Opened();
            return await Task.Run(() => Mapped(() => InSnapshot(body)), CancellationToken.None);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Waits for what is under way, then closes. Must be called once only.</summary>
    public async Task CloseAsync(Action<SqliteConnection> finish)
    {
        await _writing.WaitAsync();
        for (int i = 0; i < options.ReadConnections; i++)
        {
            await _reading.WaitAsync();
        }
        try
        {
            SqliteConnection? writer = _writer;
            _disposed = true;
            _writer = null;
            await Task.Run(() => Mapped(() => Close(writer, finish)));
        }
        finally
        {
            _reading.Release(options.ReadConnections);
            _writing.Release();
        }
    }

    private SqliteConnection Writer()
    {
        Opened();
        return _writer ?? throw new InvalidOperationException("The store was opened read-only.");
    }

    private void Opened()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_opened)
        {
            throw new InvalidOperationException("The store is not open.");
        }
    }

    private SqliteConnection OpenFirst(Action<SqliteConnection> prepare)
    {
        SqliteLibrary.Load();
        SqliteConnection? connection = null;
        try
        {
            if (!options.ReadOnly && System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(options.Path)) is { Length: > 0 } folder)
            {
                Directory.CreateDirectory(folder);
            }
            connection = options.ReadOnly ? ConnectReader() : Connect(SqliteOpenMode.ReadWriteCreate);
            prepare(connection);
            return connection;
        }
        catch (Exception fault)
        {
            connection?.Dispose();
            throw fault switch
            {
                SqliteException sqlite => SqliteFaults.Map(sqlite, options.Path, opening: true, options.ReadOnly),
                IOException or UnauthorizedAccessException => new Core.Ports.StoreConfigurationException($"The folder of the store '{options.Path}' can't be made: {fault.Message}", fault),
                _ => fault,
            };
        }
    }

    private SqliteConnection ConnectReader()
    {
        // Beside our own writer not opened read-only: closing the last connection would leave the journal behind. query_only keeps it to reading all the same.
        SqliteConnection reader = Connect(options.ReadOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite);
        reader.Execute("PRAGMA query_only = ON");
        return reader;
    }

    private SqliteConnection Connect(SqliteOpenMode mode)
    {
        // Pooling would keep the file open after Dispose.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = options.Path, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            connection.Execute($"PRAGMA busy_timeout = {(long)options.BusyTimeout.TotalMilliseconds}; PRAGMA foreign_keys = ON;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private T InTransaction<T>(SqliteConnection writer, Func<SqliteConnection, T> body, Action committed, Action failed)
    {
        try
        {
            return Mapped(() =>
            {
                writer.Execute("BEGIN IMMEDIATE");
                T result = body(writer);
                writer.Execute("COMMIT");
                committed();
                return result;
            });
        }
        catch
        {
            failed();
            RollBack(writer);
            throw;
        }
    }

    private T InSnapshot<T>(Func<SqliteConnection, T> body)
    {
        SqliteConnection reader = _idleReaders.TryTake(out SqliteConnection? idle) ? idle : ConnectReader();
        bool healthy = false;
        try
        {
            reader.Execute("BEGIN");
            T result = body(reader);
            reader.Execute("COMMIT");
            healthy = true;
            return result;
        }
        finally
        {
            if (!healthy)
            {
                RollBack(reader);
            }
            _idleReaders.Add(reader);
        }
    }

    private static void RollBack(SqliteConnection connection)
    {
        try
        {
            if (connection.InTransaction())
            {
                connection.Execute("ROLLBACK");
            }
        }
        catch (SqliteException)
        {
            // The fault that led here is the one to report; SQLite rolls back by itself when the connection is used or opened again.
        }
    }

    private int Close(SqliteConnection? writer, Action<SqliteConnection> finish)
    {
        while (_idleReaders.TryTake(out SqliteConnection? reader))
        {
            reader.Dispose();
        }
        if (writer is null)
        {
            return 0;
        }
        try
        {
            finish(writer);
        }
        catch (SqliteException)
        {
            // Everything committed is safe; without the mark of an orderly end the next start checks the file, that is all.
        }
        finally
        {
            writer.Dispose();
        }
        return 0;
    }

    private T Mapped<T>(Func<T> body)
    {
        try
        {
            return body();
        }
        catch (SqliteException fault)
        {
            throw SqliteFaults.Map(fault, options.Path);
        }
    }
}
