using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using Xunit.Abstractions;

namespace MetricsGrains.Silo.Tests;

/// <summary>The promise of one machine, kept by three: whichever silo is killed, whenever, every acknowledged point is stored once.</summary>
public sealed class SiloKillTests(PostgresClusterFixture fixture, ITestOutputHelper output) : IClassFixture<PostgresClusterFixture>
{
    private const int Places = SiloCluster.Places, Clients = 2;

    [PostgresFact]
    public async Task Kill_OneOfThreeSilosOverAndOver_EveryAcknowledgedPointCountsOnce()
    {
        int kills = TestSetting.Number("MG_CRASH_ROUNDS", 6), seed = TestSetting.Number("MG_CRASH_SEED", Random.Shared.Next(100_000));
        string context = $"MG_CRASH_SEED={seed}, {kills} kills";
        var random = new Random(seed);
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store, CrashNode.Busy);
        // Running totals need one order of their samples; here each client's requests may come by another silo's log.
        Senders[] senders = [.. Enumerable.Range(0, Places).Select(place => new Senders((seed * Places) + place, Clients, runningTotals: false))];
        for (int place = 0; place < Places; place++)
        {
            await cluster.StartAsync(place);
        }
        for (int round = 0; round < kills; round++)
        {
            using var stop = new CancellationTokenSource();
            // A client's markers must fit into one answer of 1,000 groups.
            Task[] sending = [.. cluster.Silos.Select(s => senders[s.Key].SendAsync(s.Value, round, 150, stop.Token))];
            await Task.Delay(random.Next(500, 3_000));
            int victim = random.Next(Places);
            await cluster.KillAsync(victim);
            await Task.Delay(random.Next(200, 3_000));
            await cluster.StartAsync(victim);
            await stop.CancelAsync();
            await Task.WhenAll(sending);
            await cluster.SettleAsync();
            for (int place = 0; place < Places; place++)
            {
                await senders[place].SettleAsync(cluster.Silos[place]);
                Assert.True(senders[place].Fault is null, $"{context}, round {round}: {senders[place].Fault}");
            }
        }
        await cluster.SettleAsync();
        var expected = new Expected(senders.SelectMany(s => s.All));
        output.WriteLine($"{context}: requests in {senders.Sum(s => s.CountOf(Fate.In))}, out {senders.Sum(s => s.CountOf(Fate.Out))} (refused {senders.Sum(s => s.Refused)}); in flight at a kill: found in {senders.Sum(s => s.FoundIn)}, found out {senders.Sum(s => s.FoundOut)}, sent again {senders.Sum(s => s.SentAgain)}; samples {expected.Count}");
        foreach ((int place, CrashNode silo) in cluster.Silos)
        {
            // At once, from every silo, wherever the metrics are on their way to.
            Agreement.Check(await new ApiComparison(silo, expected).DifferenceAsync(), $"{context}, asked at silo {place}\n{silo.Output}");
        }
        // Minutes are written when they are over, and some samples are two minutes ahead.
        await Task.Delay(TimeSpan.FromMinutes(2));
        await Eventually.SameAsync(() => StoreComparison.DifferenceAsync(store, expected), context);
        foreach (CrashNode silo in cluster.Silos.Values)
        {
            int exit = await silo.StopAsync();
            Assert.True(exit == 0, $"{context}: a silo stopped with {exit}\n{silo.Output}");
        }
        Agreement.Check(await StoreComparison.DifferenceAsync(store, expected), context + ", after all have stopped");
    }

    [PostgresFact]
    public async Task Kill_AllAtOnce_TheyComeBackAtOtherAddressesWithEveryPoint()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store, CrashNode.Busy);
        var senders = new Senders(Random.Shared.Next(100_000), Clients, runningTotals: false);
        for (int place = 0; place < Places; place++)
        {
            await cluster.StartAsync(place);
        }
        await senders.SendAsync(cluster.Silos[0], 0, 50, CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, Places).Select(cluster.KillAsync));
        // Their ports are free ones: nobody is at the old addresses.
        await Task.WhenAll(Enumerable.Range(0, Places).Select(place => cluster.StartAsync(place)));
        await cluster.SettleAsync();
        var expected = new Expected(senders.All);
        foreach (CrashNode silo in cluster.Silos.Values)
        {
            Agreement.Check(await new ApiComparison(silo, expected).DifferenceAsync(), silo.Output);
        }
    }
}
