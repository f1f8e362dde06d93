using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using Xunit.Abstractions;

namespace MetricsGrains.Silo.Tests;

/// <summary>An upgrade: one silo after another is told to stop and started again, while clients send and people look.</summary>
public sealed class RollingRestartTests(PostgresClusterFixture fixture, ITestOutputHelper output) : IClassFixture<PostgresClusterFixture>
{
    private const int Clients = 2;

    [PostgresFact]
    public Task Restart_OneSiloAfterAnotherUnderLoad_NothingIsLostAndNoQueryFailsTwice() =>
        RollAsync(SiloCluster.Ours, [.. Enumerable.Repeat(SiloCluster.Ours, TestSetting.Number("MG_RESTARTS", SiloCluster.Places))]);

    [OlderSiloFact]
    public Task Upgrade_AndBackUnderLoad_NothingIsLostAndNoQueryFailsTwice() =>
        RollAsync(OlderSiloFactAttribute.Older!, [.. Enumerable.Repeat(SiloCluster.Ours, SiloCluster.Places), .. Enumerable.Repeat(OlderSiloFactAttribute.Older!, SiloCluster.Places)]);

    /// <param name="first">The program that all silos run at first.</param>
    /// <param name="then">What the next one is restarted with.</param>
    private async Task RollAsync(string first, string[] then)
    {
        int rounds = then.Length, seed = TestSetting.Number("MG_CRASH_SEED", Random.Shared.Next(100_000));
        string context = $"MG_CRASH_SEED={seed}, {rounds} restarts";
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store, CrashNode.Busy);
        Senders[] senders = [.. Enumerable.Range(0, SiloCluster.Places).Select(place => new Senders((seed * SiloCluster.Places) + place, Clients, runningTotals: false))];
        cluster.Program = first;
        for (int place = 0; place < SiloCluster.Places; place++)
        {
            await cluster.StartAsync(place);
        }
        QueryProbe[] probes = [.. ((string[])["crash.counter", "crash.gauge", "crash.distribution"]).Select(metric => new QueryProbe(cluster, metric))];
        for (int round = 0; round < rounds; round++)
        {
            using var stop = new CancellationTokenSource();
            Task[] working = [.. cluster.Silos.Select(s => senders[s.Key].SendAsync(s.Value, round, 200, stop.Token)), .. probes.Select(p => p.RunAsync(stop.Token))];
            await Task.Delay(1_000);
            cluster.Program = then[round];
            await cluster.RestartAsync(round % SiloCluster.Places);
            await Task.Delay(1_000);
            await stop.CancelAsync();
            await Task.WhenAll(working);
            await cluster.SettleAsync();
            for (int place = 0; place < SiloCluster.Places; place++)
            {
                await senders[place].SettleAsync(cluster.Silos[place]);
                Assert.True(senders[place].Fault is null, $"{context}, round {round}: {senders[place].Fault}");
            }
            Assert.All(probes, p => Assert.True(p.Fault is null, $"{context}, round {round}: {p.Fault}\n{string.Join("\n", cluster.Silos.Values.Select(s => s.Output))}"));
        }
        var expected = new Expected(senders.SelectMany(s => s.All));
        output.WriteLine($"{context}: requests in {senders.Sum(s => s.CountOf(Fate.In))}, out {senders.Sum(s => s.CountOf(Fate.Out))} (refused {senders.Sum(s => s.Refused)}), samples {expected.Count}; queries {probes.Sum(p => p.Asked)}, asked again at the next silo {probes.Sum(p => p.FailedOnce)}, slowest {probes.Max(p => p.Slowest).TotalSeconds:0.0} s");
        foreach ((int place, CrashNode silo) in cluster.Silos)
        {
            Agreement.Check(await new ApiComparison(silo, expected).DifferenceAsync(), $"{context}, asked at silo {place}\n{silo.Output}");
        }
        // Minutes are written when they are over, and some samples are two minutes ahead.
        await Task.Delay(TimeSpan.FromMinutes(2));
        await Eventually.SameAsync(() => StoreComparison.DifferenceAsync(store, expected), context);
    }

    [PostgresFact]
    public async Task Stop_AllSilosWhileMetricsMove_TheirNextStartHasEveryPointOnce()
    {
        int rounds = TestSetting.Number("MG_STOPS", 3), seed = TestSetting.Number("MG_CRASH_SEED", Random.Shared.Next(100_000));
        string context = $"MG_CRASH_SEED={seed}, {rounds} stops";
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store, CrashNode.Busy);
        Senders[] senders = [.. Enumerable.Range(0, SiloCluster.Places).Select(place => new Senders((seed * SiloCluster.Places) + place, Clients, runningTotals: false))];
        for (int round = 0; round < rounds; round++)
        {
            for (int place = 0; place < SiloCluster.Places; place++)
            {
                await cluster.StartAsync(place);
            }
            await Task.WhenAll(cluster.Silos.Select(s => senders[s.Key].SendAsync(s.Value, round, 100, CancellationToken.None)));
            // What the last one had is on its way back to it when everything stops: nobody is there then to bring grains up to date.
            if (round % 2 == 0)
            {
                await cluster.KillAsync(SiloCluster.Places - 1);
                await cluster.StartAsync(SiloCluster.Places - 1);
            }
            else
            {
                await cluster.RestartAsync(SiloCluster.Places - 1);
            }
            for (int place = 0; place < SiloCluster.Places; place++)
            {
                await cluster.StopAsync(place);
            }
        }
        for (int place = 0; place < SiloCluster.Places; place++)
        {
            await cluster.StartAsync(place);
        }
        await cluster.SettleAsync();
        Assert.All(senders, s => Assert.True(s.Fault is null, $"{context}: {s.Fault}"));
        var expected = new Expected(senders.SelectMany(s => s.All));
        output.WriteLine($"{context}: requests in {senders.Sum(s => s.CountOf(Fate.In))}, in doubt {senders.Sum(s => s.CountOf(Fate.InDoubt))}, samples {expected.Count}");
        foreach (CrashNode silo in cluster.Silos.Values)
        {
            Agreement.Check(await new ApiComparison(silo, expected).DifferenceAsync(), $"{context}\n{silo.Output}");
        }
        // Minutes are written when they are over, and some samples are two minutes ahead.
        await Task.Delay(TimeSpan.FromMinutes(2));
        await Eventually.SameAsync(() => StoreComparison.DifferenceAsync(store, expected), context);
    }
}
