using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using Xunit.Abstractions;

namespace MetricsGrains.Silo.Tests;

/// <summary>A machine that does not come back, whose disk is put into another one.</summary>
public sealed class RecoverLogTests(PostgresClusterFixture fixture, ITestOutputHelper output) : IClassFixture<PostgresClusterFixture>
{
    private const int Clients = 2, Gone = 2;

    [PostgresFact]
    public async Task RecoverLog_OfASiloThatWasKilled_EveryPointItAcknowledgedIsStoredOnce()
    {
        int seed = TestSetting.Number("MG_CRASH_SEED", Random.Shared.Next(100_000));
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        // Raw blocks only after the kill: what the dead silo's log has of them is in no store.
        await using var cluster = new SiloCluster(store, ["Flush:Interval=00:00:00.2", "Flush:DeriveInterval=00:00:00.2"]);
        Senders[] senders = [.. Enumerable.Range(0, SiloCluster.Places).Select(place => new Senders((seed * SiloCluster.Places) + place, Clients, runningTotals: false))];
        for (int place = 0; place < SiloCluster.Places; place++)
        {
            await cluster.StartAsync(place);
        }
        using var stop = new CancellationTokenSource();
        Task[] sending = [.. cluster.Silos.Select(s => senders[s.Key].SendAsync(s.Value, 0, 300, stop.Token))];
        await Eventually.TrueAsync(() => Task.FromResult(senders[Gone].CountOf(Fate.In) >= 20), () => $"the silo that is killed takes requests in; {senders[Gone].CountOf(Fate.In)} so far");
        await Task.Delay(3_000);
        await cluster.KillAsync(Gone);
        await stop.CancelAsync();
        await Task.WhenAll(sending);
        CrashNode taker = await cluster.StartAsync(3, "Flush:RawInterval=00:00:00.2", $"Cluster:RecoverLog={cluster.DataOf(Gone)}");
        // Minutes are written when they are over, and some samples are two minutes ahead.
        await Task.Delay(TimeSpan.FromMinutes(2));
        await taker.SaysAsync("The store has everything that was in the log");
        await cluster.SettleAsync();
        for (int place = 0; place < SiloCluster.Places; place++)
        {
            await senders[place].SettleByMarkersAsync(taker);
            Assert.True(senders[place].Fault is null, senders[place].Fault);
        }
        var expected = new Expected(senders.SelectMany(s => s.All));
        output.WriteLine($"MG_CRASH_SEED={seed}: of the silo that was killed {senders[Gone].CountOf(Fate.In)} requests in, {senders[Gone].FoundIn} in doubt found in, {senders[Gone].FoundOut} out; samples of all {expected.Count}");
        Assert.True(senders[Gone].CountOf(Fate.In) > 0);
        foreach (CrashNode silo in cluster.Silos.Values)
        {
            Agreement.Check(await new ApiComparison(silo, expected).DifferenceAsync(), $"MG_CRASH_SEED={seed}\n{silo.Output}");
        }
        await cluster.StopAllAndCompareAsync(expected, $"MG_CRASH_SEED={seed}", output);
    }

    [PostgresFact]
    public async Task RecoverLog_OfAFolderWithoutALog_SaysSoAndDoesNotStart()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store, CrashNode.Busy);
        var failed = await Assert.ThrowsAnyAsync<Exception>(() => cluster.StartAsync(0, $"Cluster:RecoverLog={cluster.DataOf(7)}"));
        Assert.Contains("there is no log in", failed.Message, StringComparison.Ordinal);
    }
}
