using MetricsGrains.Crash.Tests.Stores;
using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Crash.Tests;

/// <summary>The way to the database is slow, swallows packets for a while, or is cut when nobody can know what became of a commit.</summary>
public sealed class PostgresNetworkTests(PostgresClusterFixture fixture) : IClassFixture<PostgresClusterFixture>
{
    private readonly int _seed = Random.Shared.Next(100_000);

    private PostgresCluster Cluster => fixture.Cluster;

    [PostgresFact]
    public async Task Slow_WhileTakingInAndKilled_NothingIsLostOrDoubled()
    {
        var random = new Random(_seed);
        var senders = new Senders(_seed, 3);
        using var data = new DataFolder();
        await using var proxy = new FaultyProxy("127.0.0.1", Cluster.Port);
        PostgresCrashStore store = await CreateBehindAsync(proxy);
        for (int round = 0; round < 2; round++)
        {
            // A statement takes a fifth of a second, so a killed node's COMMIT is often still on its way when the next one starts.
            proxy.Delay = TimeSpan.FromMilliseconds(100);
            await using CrashNode node = await StartAsync(data, store);
            proxy.Delay = TimeSpan.Zero;
            await senders.SettleAsync(node);
            proxy.Delay = TimeSpan.FromMilliseconds(100);
            Task sending = senders.SendAsync(node, round, 330, CancellationToken.None);
            await store.WaitForWritesAsync(random.Next(1, 4));
            await Task.Delay(random.Next(2_000));
            await node.KillAsync();
            await sending;
        }
        await using CrashNode last = await StartAsync(data, store);
        proxy.Delay = TimeSpan.Zero;
        await senders.SettleAsync(last);
        Assert.Equal(0, senders.Refused);
        await Agreement.CheckAllAsync(last, store, senders, $"seed {_seed}");
    }

    /// <summary>Packets are swallowed, and come through after those who sent them gave up: a COMMIT then lands beside its own repetition.</summary>
    [PostgresFact]
    public async Task Stall_LongerThanAStatementMayTake_WhatComesLateCountsOnce()
    {
        var random = new Random(_seed);
        var senders = new Senders(_seed, 3);
        using var data = new DataFolder();
        await using var proxy = new FaultyProxy("127.0.0.1", Cluster.Port);
        PostgresCrashStore store = await CreateBehindAsync(proxy, c => (c.CommandTimeout, c.Timeout, c.CancellationTimeout) = (1, 1, 100));
        await using CrashNode node = await StartAsync(data, store);
        for (int stall = 0; stall < 3; stall++)
        {
            using var stop = new CancellationTokenSource();
            Task sending = senders.SendAsync(node, stall, 330, stop.Token);
            await store.WaitForWritesAsync(random.Next(1, 6));
            await Task.Delay(random.Next(20));
            proxy.Stall();
            await node.ReadinessAsync(503);
            await Task.Delay(random.Next(1_500));
            proxy.Resume();
            await node.ReadinessAsync(200);
            await stop.CancelAsync();
            await sending;
        }
        Assert.Equal(0, senders.CountOf(Fate.Out) + senders.CountOf(Fate.InDoubt));
        await Agreement.CheckAllAsync(node, store, senders, $"seed {_seed}");
    }

    [PostgresFact]
    public async Task Cut_BetweenCommitAndItsAnswer_NothingIsLostOrDoubled()
    {
        var senders = new Senders(_seed, 3);
        using var data = new DataFolder();
        await using var proxy = new FaultyProxy("127.0.0.1", Cluster.Port);
        PostgresCrashStore store = await CreateBehindAsync(proxy);
        await using (CrashNode node = await StartAsync(data, store))
        {
            Task sending = senders.SendAsync(node, 0, 330, CancellationToken.None);
            // The store itself finds out by a repetition.
            await CutAsync(proxy, 10, node);
            for (int away = 0; away < 3; away++)
            {
                // Nobody finds out until the server is back; the last time not even this process.
                await CutAsync(proxy, 1, node);
                await proxy.GoAwayAsync();
                Assert.Contains("the store does not take writes", await node.ReadinessAsync(503), StringComparison.Ordinal);
                if (away < 2)
                {
                    proxy.ComeBack();
                    await node.ReadinessAsync(200);
                }
            }
            await node.KillAsync();
            proxy.ComeBack();
            await sending;
        }
        await using CrashNode last = await StartAsync(data, store);
        await senders.SettleAsync(last);
        Assert.Equal(0, senders.Refused);
        await Agreement.CheckAllAsync(last, store, senders, $"seed {_seed}");
    }

    private async Task<PostgresCrashStore> CreateBehindAsync(FaultyProxy proxy, Action<NpgsqlConnectionStringBuilder>? change = null) =>
        (await PostgresCrashStore.CreateAsync(Cluster)).Through(c =>
        {
            c.Port = proxy.Port;
            change?.Invoke(c);
        });

    private static async Task CutAsync(FaultyProxy proxy, int cuts, CrashNode node)
    {
        proxy.Cuts = cuts;
        await Eventually.TrueAsync(() => Task.FromResult(proxy.Cuts <= 0), () => $"{proxy.Cuts} more commits\n{node.Output}");
    }

    private static Task<CrashNode> StartAsync(DataFolder data, PostgresCrashStore store, params string[] settings) => CrashNode.StartAsync(data.Path, [.. CrashNode.Busy, .. store.Settings, .. settings]);
}
