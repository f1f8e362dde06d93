using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Postgres;
using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>Two nodes and one lock.</summary>
public sealed class PostgresEvaluationLeaseTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    private PostgresAlertHarness? _harness;

    private string Database => _harness!.ConnectionString;

    public async Task InitializeAsync() => _harness = PostgresTestServer.Missing is null ? await PostgresAlertHarness.OpenAsync() : null;

    public async Task DisposeAsync()
    {
        if (_harness is not null)
        {
            await _harness.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task TryHold_OneHasIt_TheOtherGetsItWhenTheFirstIsGone()
    {
        var first = new PostgresEvaluationLease(Database);
        await using var second = new PostgresEvaluationLease(Database);
        Assert.True(await first.TryHoldAsync(s_none));
        Assert.True(await first.TryHoldAsync(s_none));
        Assert.False(await second.TryHoldAsync(s_none));
        await first.DisposeAsync();
        await EventuallyAsync(async () => await second.TryHoldAsync(s_none));
        Assert.False(await first.TryHoldAsync(s_none));
        await first.DisposeAsync();
    }

    [PostgresFact]
    public async Task TryHold_SilosHaveItTogether_ANodeGetsItWhenTheLastIsGone()
    {
        var first = new PostgresEvaluationLease(Database, together: true);
        var second = new PostgresEvaluationLease(Database, together: true);
        await using var node = new PostgresEvaluationLease(Database);
        Assert.True(await first.TryHoldAsync(s_none));
        Assert.True(await second.TryHoldAsync(s_none));
        Assert.False(await node.TryHoldAsync(s_none));
        await first.DisposeAsync();
        Assert.False(await node.TryHoldAsync(s_none));
        await second.DisposeAsync();
        await EventuallyAsync(async () => await node.TryHoldAsync(s_none));
        Assert.False(await first.TryHoldAsync(s_none));
        await first.DisposeAsync();
    }

    [PostgresFact]
    public async Task TryHold_ItsConnectionIsEnded_SaysThatItDoesNotKnowAndAsksAnew()
    {
        await using var lease = new PostgresEvaluationLease(Database);
        Assert.True(await lease.TryHoldAsync(s_none));
        await EndHolderAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => lease.TryHoldAsync(s_none));
        Assert.True(await lease.TryHoldAsync(s_none));
    }

    [PostgresFact]
    public async Task TryHold_AnotherTookItWhileTheConnectionWasLost_IsFalse()
    {
        await using var lease = new PostgresEvaluationLease(Database);
        await using var other = new PostgresEvaluationLease(Database);
        Assert.True(await lease.TryHoldAsync(s_none));
        await EndHolderAsync();
        await EventuallyAsync(async () => await other.TryHoldAsync(s_none));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => lease.TryHoldAsync(s_none));
        Assert.False(await lease.TryHoldAsync(s_none));
        Assert.True(await other.TryHoldAsync(s_none));
    }

    [PostgresFact]
    public async Task TryHold_ServerStillHasTheLostConnection_IsNotTakenForAnotherNode()
    {
        var builder = new NpgsqlConnectionStringBuilder(Database);
        await using var proxy = new FaultyProxy(builder.Host!, builder.Port);
        (builder.Host, builder.Port) = ("127.0.0.1", proxy.Port);
        await using var lease = new PostgresEvaluationLease(builder.ConnectionString);
        Assert.True(await lease.TryHoldAsync(s_none));
        proxy.Stall();
        using (var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(300)))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lease.TryHoldAsync(impatient.Token));
        }
        proxy.Resume();
        // Either the server has noticed by now that the connection is gone, or it is made to.
        await EventuallyAsync(async () =>
        {
            try
            {
                Assert.True(await lease.TryHoldAsync(s_none), "its own lost connection was taken for another node");
                return true;
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        });
    }

    private async Task EndHolderAsync()
    {
        await using var connection = new NpgsqlConnection(Database);
        await connection.OpenAsync();
        await using var end = new NpgsqlCommand($"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE {StoreLock.IsHeld(StoreLock.EvaluateRules)}", connection);
        Assert.Equal(true, await end.ExecuteScalarAsync());
    }

    /// <summary>A server notices within milliseconds that a client is gone; when it has is not for the client to know.</summary>
    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await condition())
        {
            await Task.Delay(50, patience.Token);
        }
    }
}
