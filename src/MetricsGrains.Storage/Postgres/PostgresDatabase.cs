using System.Data;
using MetricsGrains.Core.Ports;
using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>
/// The pool of connections to one database, and transactions on it that are repeated when that is worth it. Any number of
/// nodes may use the same database.
/// </summary>
internal sealed class PostgresDatabase(PostgresStoreOptions options, TimeProvider time) : IAsyncDisposable
{
    private const int MaxAttempts = 4;

    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(100);

    private NpgsqlDataSource? _source;
    private PostgresServer? _server;
    private PostgresFaults? _faults;
    private bool _disposed;

    /// <summary>Known once open.</summary>
    public PostgresServer Server => Opened().Server;

    /// <summary>"user@host:port/database"; never the password.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Connects, finds out what is there and hands it to <paramref name="prepare"/>. May be repeated after a failure.</summary>
    public async Task OpenAsync(Func<NpgsqlConnection, CancellationToken, Task<PostgresServer>> prepare, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_source is not null)
        {
            throw new InvalidOperationException("The store is open already.");
        }
        NpgsqlConnectionStringBuilder builder = PostgresConnections.Parse(options);
        Name = PostgresConnections.NameOf(builder);
        var faults = new PostgresFaults(Name, builder.Username ?? Environment.UserName, builder.Database ?? builder.Username ?? "", options.ReadOnly);
        NpgsqlDataSource? source = null;
        try
        {
            source = new NpgsqlDataSourceBuilder(builder.ConnectionString).Build();
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancel);
            _server = await prepare(connection, cancel);
            _faults = faults;
            _source = source;
            source = null;
        }
        catch (Exception fault) when (PostgresFaults.IsOurs(fault))
        {
            throw faults.Map(fault, opening: true);
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException)
        {
            // The driver checks how options go together only when it builds the pool.
            throw new StoreConfigurationException($"The connection string of the store {Name} can't be used: {fault.Message}", fault);
        }
        finally
        {
            if (source is not null)
            {
                await source.DisposeAsync();
            }
        }
    }

    /// <summary>Runs the body in a transaction, each statement of which sees what committed before it.</summary>
    /// <param name="repeatable">Whether the body may run again after a commit whose outcome is unknown: it must then find out by itself what is there already.</param>
    /// <param name="failed">Called after every attempt that did not commit for certain.</param>
    /// <exception cref="StoreUnavailableException">It failed for good; when the commit itself failed, the outcome is unknown.</exception>
    public Task<T> WriteAsync<T>(Func<Session, CancellationToken, Task<T>> body, bool repeatable, Action failed, CancellationToken cancel)
    {
        if (options.ReadOnly)
        {
            throw new InvalidOperationException("The store was opened read-only.");
        }
        return RepeatAsync(IsolationLevel.ReadCommitted, body, repeatable, failed, cancel);
    }

    /// <summary>Runs the body over one snapshot.</summary>
    public Task<T> ReadAsync<T>(Func<Session, CancellationToken, Task<T>> body, CancellationToken cancel) =>
        RepeatAsync(IsolationLevel.RepeatableRead, body, repeatable: true, static () => { }, cancel);

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }
    }

    private async Task<T> RepeatAsync<T>(IsolationLevel isolation, Func<Session, CancellationToken, Task<T>> body, bool repeatable, Action failed, CancellationToken cancel)
    {
        (NpgsqlDataSource source, PostgresServer server, PostgresFaults faults) = Opened();
        for (int attempt = 1; ; attempt++)
        {
            bool committing = false;
            try
            {
                await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancel);
                await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(isolation, cancel);
                T result = await body(new Session(connection, server), cancel);
                committing = true;
                // Not cancelled any more: a cancelled commit is one whose outcome is unknown.
                await transaction.CommitAsync(CancellationToken.None);
                return result;
            }
            catch (Exception fault) when (PostgresFaults.IsOurs(fault))
            {
                failed();
                bool unknown = committing && !PostgresFaults.IsAnswer(fault);
                if (attempt == MaxAttempts || !PostgresFaults.IsTransient(fault) || (unknown && !repeatable))
                {
                    throw faults.Map(fault);
                }
            }
            catch
            {
                failed();
                throw;
            }
            // Between a half and one and a half of a delay that doubles: nodes that failed together must not come back together.
            await Task.Delay(s_firstDelay * (1 << (attempt - 1)) * (0.5 + Random.Shared.NextDouble()), time, cancel);
        }
    }

    private (NpgsqlDataSource Source, PostgresServer Server, PostgresFaults Faults) Opened()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _source is null ? throw new InvalidOperationException("The store is not open.") : (_source, _server!, _faults!);
    }
}
