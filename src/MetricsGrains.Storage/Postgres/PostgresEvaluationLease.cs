using System.Data;
using MetricsGrains.Core.Ports;
using Npgsql;

namespace MetricsGrains.Storage.Postgres;

/// <summary>
/// The right to evaluate rules as a session's advisory lock: it ends with its connection, so with the node. The connection must go to the server itself, or
/// through a pool that keeps sessions apart.
/// </summary>
/// <param name="together">With others who ask for it so: the silos of a cluster have it together, and a node without a cluster stands by meanwhile.</param>
public sealed class PostgresEvaluationLease(string connectionString, bool together = false) : IEvaluationLease
{
    // Seconds. A machine that fell off the network is given up after 25 s, not after the two hours that are usual.
    private const string NoticeDeadPeers = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

    // A server that is slow must not cost the node its lock, nor another that begins to evaluate its peace: there is time.
    private const int PatienceSeconds = 30;

    private NpgsqlConnection? _held;
    private int _session;
    private int _lostSession;

    public bool IsShared => true;

    public async Task<bool> TryHoldAsync(CancellationToken cancel)
    {
        NpgsqlConnectionStringBuilder settings = PostgresConnections.Parse(new PostgresStoreOptions { ConnectionString = connectionString });
        // One connection that stays; in a pool it would be reset, and the lock with it.
        settings.Pooling = false;
        settings.Timeout = settings.CommandTimeout = PatienceSeconds;
        settings.CancellationTimeout = 1_000;
        try
        {
            if (_held is { } held)
            {
                await RunAsync(held, "SELECT true", cancel);
                return true;
            }
            return await TakeAsync(settings.ConnectionString, cancel);
        }
        catch (Exception fault) when (PostgresFaults.IsOurs(fault) || fault is OperationCanceledException)
        {
            // A connection that still stands has its lock still. Of one that does not it is asked anew, over another.
            if (_held is { State: not ConnectionState.Open })
            {
                _lostSession = _session;
                await LetGoAsync();
            }
            if (fault is OperationCanceledException)
            {
                throw;
            }
            throw new PostgresFaults(PostgresConnections.NameOf(settings), settings.Username ?? Environment.UserName, settings.Database ?? settings.Username ?? "", readOnly: false).Map(fault);
        }
    }

    public ValueTask DisposeAsync() => LetGoAsync();

    private async Task<bool> TakeAsync(string settings, CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(settings);
        try
        {
            await connection.OpenAsync(cancel);
            if (!await RunAsync(connection, together ? StoreLock.TrySharedForSession(StoreLock.EvaluateRules) : StoreLock.TryForSession(StoreLock.EvaluateRules), cancel))
            {
                if (await RunAsync(connection, $"SELECT bool_or(pg_terminate_backend(pid)) FROM pg_locks WHERE {StoreLock.IsHeld(StoreLock.EvaluateRules)} AND pid = {_lostSession}", cancel))
                {
                    throw new StoreUnavailableException("The lock of the evaluating node is held by a lost connection of this very node; that one was ended.");
                }
                return false;
            }
            await RunAsync(connection, $"{NoticeDeadPeers}; SELECT true", cancel);
            await PostgresAlertStore.WaitForWritersAsync(connection, cancel);
            (_held, _session, connection) = (connection, connection.ProcessID, null);
            return true;
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private static async Task<bool> RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    private async ValueTask LetGoAsync()
    {
        if (_held is { } held)
        {
            _held = null;
            await held.DisposeAsync();
        }
    }
}
