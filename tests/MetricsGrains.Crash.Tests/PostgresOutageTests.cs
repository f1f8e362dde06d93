using System.Text.Json;
using MetricsGrains.Crash.Tests.Stores;
using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Crash.Tests;

/// <summary>The database is killed, away, or refuses: ingest goes on, the node says it is not ready, and catches up by itself with every point once.</summary>
public sealed class PostgresOutageTests(PostgresClusterFixture fixture) : IClassFixture<PostgresClusterFixture>
{
    private const string StoreIsOut = "the store does not take writes";

    private readonly int _seed = Random.Shared.Next(100_000);

    private PostgresCluster Cluster => fixture.Cluster;

    [PostgresFact]
    public async Task Kill_ServerWhileTakingIn_IngestGoesOnAndTheStoreCatchesUp()
    {
        await using PostgresCluster cluster = await PostgresCluster.StartAsync();
        var random = new Random(_seed);
        var senders = new Senders(_seed, 3);
        using var data = new DataFolder();
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(cluster);
        CrashNode node = await StartAsync(data, store);
        try
        {
            for (int outage = 0; outage < 4; outage++)
            {
                using var stop = new CancellationTokenSource();
                Task sending = senders.SendAsync(node, outage, 330, stop.Token);
                await store.WaitForWritesAsync(random.Next(1, 6));
                await Task.Delay(random.Next(20));
                await (outage % 2 == 0 ? cluster.KillAsync() : cluster.StopImmediatelyAsync());
                Assert.Contains(StoreIsOut, await node.ReadinessAsync(503), StringComparison.Ordinal);
                int before = senders.CountOf(Fate.In);
                await Eventually.TrueAsync(() => Task.FromResult(senders.CountOf(Fate.In) >= before + 50), () => "points are taken in without the store\n" + node.Output);
                Assert.Equal(200, (await node.GetAsync("/metrics?name=crash.counter&stat=sum&resolution=1m&from=now-30m")).Status);
                if (outage == 3)
                {
                    // The machine that has both of them.
                    await node.KillAsync();
                    await sending;
                    await node.DisposeAsync();
                    await cluster.StartAgainAsync();
                    node = await StartAsync(data, store);
                    await senders.SettleAsync(node);
                    continue;
                }
                await cluster.StartAgainAsync();
                await node.ReadinessAsync(200);
                await stop.CancelAsync();
                await sending;
                Assert.Equal(0, senders.CountOf(Fate.Out) + senders.CountOf(Fate.InDoubt));
            }
            await node.ReadinessAsync(200);
            await Agreement.CheckAllAsync(node, store, senders, $"seed {_seed}");
        }
        finally
        {
            await node.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task Unreachable_UntilTheLogIsFull_RefusesWithRetryAfterThenCatchesUpByItself()
    {
        const int samples = 20_000;
        var senders = new Senders(_seed, 3);
        using var data = new DataFolder();
        await using var proxy = new FaultyProxy("127.0.0.1", Cluster.Port);
        PostgresCrashStore store = (await PostgresCrashStore.CreateAsync(Cluster)).Through(c => c.Port = proxy.Port);
        await using CrashNode node = await StartAsync(data, store, "Log:SegmentBytes=1048576", "Log:MaxBytes=16777216");
        await senders.SendAsync(node, 0, 30, CancellationToken.None);

        await proxy.GoAwayAsync();
        (int Status, string Error) reply = default;
        int taken = 0;
        await Eventually.TrueAsync(async () => (reply = await senders.SendBulkAsync(node, 1, samples)).Status == 503 || taken++ < 0, () => $"the log is full, last answer {reply}\n{node.Output}");
        Assert.True(taken * samples * 8L > 10_000_000, $"only {taken} requests fitted into the log");
        Assert.Contains("reached its limit of 16777216 bytes", reply.Error, StringComparison.Ordinal);
        Assert.Contains("nothing is taken in: ", await node.ReadinessAsync(503), StringComparison.Ordinal);
        // It goes on refusing, and answers meanwhile what memory has.
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(503, (await senders.SendBulkAsync(node, 1, samples)).Status);
            Assert.Equal(200, (await node.GetAsync("/metrics?name=crash.bulk&stat=count&resolution=1m&from=now-30m")).Status);
            Assert.Equal(200, (await node.GetAsync("/health/live")).Status);
        }

        proxy.ComeBack();
        await Eventually.TrueAsync(async () => (reply = await senders.SendBulkAsync(node, 2, samples)).Status == 200, () => $"points are taken in again, last answer {reply}\n{node.Output}");
        await senders.SendAsync(node, 2, 30, CancellationToken.None);
        await node.ReadinessAsync(200);
        await node.SaysAsync("The store takes writes again");
        await Agreement.CheckAllAsync(node, store, senders, $"seed {_seed}, {senders.CountOf(Fate.In)} taken, {senders.Refused} refused");
    }

    [PostgresFact]
    public async Task Password_ChangedWhileRunning_DegradesReadinessAndRecovers()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(Cluster);
        await store.ExecuteAsync($"DROP ROLE IF EXISTS {PostgresCluster.PasswordRole}; CREATE ROLE {PostgresCluster.PasswordRole} LOGIN PASSWORD 'right'; GRANT CREATE, USAGE ON SCHEMA public TO {PostgresCluster.PasswordRole}");
        store = store.Through(c => (c.Username, c.Password) = (PostgresCluster.PasswordRole, "right"));
        await MendWhileRunningAsync(
            store, () => store.ExecuteAsync($"ALTER ROLE {PostgresCluster.PasswordRole} PASSWORD 'other'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{PostgresCluster.PasswordRole}'"),
            () => store.ExecuteAsync($"ALTER ROLE {PostgresCluster.PasswordRole} PASSWORD 'right'"), "check Username and Password");
    }

    [PostgresFact]
    public async Task Privileges_RevokedWhileRunning_DegradesReadinessAndRecovers()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(Cluster);
        await MendWhileRunningAsync(
            store, () => store.ExecuteAsync("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM mg_crash"), () => store.ExecuteAsync("GRANT ALL ON ALL TABLES IN SCHEMA public TO mg_crash"),
            "make it the owner of the tables");
    }

    [PostgresFact]
    public async Task Database_GoneWhileRunning_DegradesReadinessAndRecovers()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(Cluster);
        string name = new NpgsqlConnectionStringBuilder(store.ConnectionString).Database!;
        await MendWhileRunningAsync(
            store,
            async () =>
            {
                // The node connects again at once, and a database that is in use keeps its name.
                await ExecuteAsync($"ALTER DATABASE {name} ALLOW_CONNECTIONS false");
                await Eventually.TrueAsync(
                    async () => await ExecuteAsync($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'") is 0L, () => "nobody uses the database");
                await ExecuteAsync($"ALTER DATABASE {name} RENAME TO {name}_gone");
                await ExecuteAsync($"ALTER DATABASE {name}_gone ALLOW_CONNECTIONS true");
            },
            () => ExecuteAsync($"ALTER DATABASE {name}_gone RENAME TO {name}"), $"There is no database '{name}'");
    }

    /// <summary>A newer program has changed the tables: what this one would write may be wrong in them, what it reads it still can.</summary>
    [PostgresFact]
    public async Task Schema_MadeNewerWhileRunning_DegradesReadinessAndWritesNothing()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(Cluster);
        await MendWhileRunningAsync(
            store, () => store.ExecuteAsync("INSERT INTO metricsgrains_migration (version, name, checksum) VALUES (999, '0999_future.sql', 'x')"),
            () => store.ExecuteAsync("DELETE FROM metricsgrains_migration WHERE version = 999"), "run the newer program", readable: true);
    }

    private Task<object?> ExecuteAsync(string sql) => PostgresCluster.ExecuteAsync(Cluster.ConnectionString, sql);

    private async Task MendWhileRunningAsync(PostgresCrashStore store, Func<Task> breaks, Func<Task> mends, string advice, bool readable = false)
    {
        var senders = new Senders(_seed, 3);
        using var data = new DataFolder();
        await using CrashNode node = await StartAsync(data, store);
        await senders.SendAsync(node, 0, 30, CancellationToken.None);
        await breaks();
        Assert.Contains(StoreIsOut, await node.ReadinessAsync(503), StringComparison.Ordinal);
        await node.SaysAsync(advice);
        await senders.SendAsync(node, 1, 100, CancellationToken.None);
        (int status, JsonElement answer) = await node.GetAsync("/metrics?name=crash.counter&stat=sum&resolution=1h&from=now-1d");
        Assert.True(readable ? status == 200 : status == 503 && answer.GetProperty("error").GetString()!.Contains("the store does not answer", StringComparison.Ordinal), $"{status} {answer}");
        await mends();
        await node.ReadinessAsync(200);
        Assert.Equal(0, senders.CountOf(Fate.Out) + senders.CountOf(Fate.InDoubt));
        await Agreement.CheckAllAsync(node, store, senders, $"seed {_seed}");
    }

    private static Task<CrashNode> StartAsync(DataFolder data, PostgresCrashStore store, params string[] settings) => CrashNode.StartAsync(data.Path, [.. CrashNode.Busy, .. store.Settings, .. settings]);
}
