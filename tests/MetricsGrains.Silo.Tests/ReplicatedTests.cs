using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using Xunit.Abstractions;

namespace MetricsGrains.Silo.Tests;

/// <summary>What was acknowledged is on two disks, and one of them is lost.</summary>
public sealed class ReplicatedTests(PostgresClusterFixture fixture, ITestOutputHelper output) : IClassFixture<PostgresClusterFixture>
{
    private const int Clients = 2, Lost = 2;

    [PostgresFact]
    public async Task Disk_OfASiloIsLost_EveryPointItAcknowledgedIsStoredOnce()
    {
        int seed = TestSetting.Number("MG_CRASH_SEED", Random.Shared.Next(100_000));
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        // Raw blocks only after the loss: what the lost log had of them is in no store.
        await using var cluster = new SiloCluster(store, ["Durability=Replicated", "Flush:Interval=00:00:00.2", "Flush:DeriveInterval=00:00:00.2"]);
        Senders[] senders = [.. Enumerable.Range(0, SiloCluster.Places).Select(place => new Senders((seed * SiloCluster.Places) + place, Clients, runningTotals: false))];
        for (int place = 0; place < SiloCluster.Places; place++)
        {
            await cluster.StartAsync(place);
        }
        foreach (CrashNode silo in cluster.Silos.Values)
        {
            await silo.ReadinessAsync(200);
        }
        using var stop = new CancellationTokenSource();
        Task[] sending = [.. cluster.Silos.Select(s => senders[s.Key].SendAsync(s.Value, 0, 300, stop.Token))];
        await Eventually.TrueAsync(() => Task.FromResult(senders[Lost].CountOf(Fate.In) >= 20), () => $"the silo that is killed takes requests in; {senders[Lost].CountOf(Fate.In)} so far");
        await Task.Delay(4_000);
        string node = (await File.ReadAllTextAsync(Path.Combine(cluster.DataOf(Lost), "node-id"))).Trim();
        await cluster.KillAsync(Lost);
        Directory.Delete(cluster.DataOf(Lost), recursive: true);
        // The two that are left go on: each has the other's copy as soon as the dead one is known to be gone.
        foreach (CrashNode silo in cluster.Silos.Values)
        {
            await silo.ReadinessAsync(200);
        }
        await stop.CancelAsync();
        await Task.WhenAll(sending);

        int keeper = Enumerable.Range(0, Lost).Single(place => CopiesOf(cluster.DataOf(place), node) is not null);
        await cluster.StopAsync(keeper);
        CrashNode taker = await cluster.StartAsync(keeper, "Flush:RawInterval=00:00:00.2", $"Cluster:RecoverLog={CopiesOf(cluster.DataOf(keeper), node)}");
        // Minutes are written when they are over, and some samples are two minutes ahead.
        await Task.Delay(TimeSpan.FromMinutes(2));
        await taker.SaysAsync("The store has everything that was in the log");
        await cluster.SettleAsync();
        foreach (Senders one in senders)
        {
            await one.SettleByMarkersAsync(taker);
            Assert.True(one.Fault is null, one.Fault);
        }
        var expected = new Expected(senders.SelectMany(s => s.All));
        output.WriteLine($"MG_CRASH_SEED={seed}: of the silo that was lost {senders[Lost].CountOf(Fate.In)} requests in, {senders[Lost].FoundIn} in doubt found in, {senders[Lost].FoundOut} out; of all {senders.Sum(s => s.CountOf(Fate.In))} in, {senders.Sum(s => s.Refused)} refused; samples of all {expected.Count}");
        Assert.True(senders[Lost].CountOf(Fate.In) > 0);
        foreach (CrashNode silo in cluster.Silos.Values)
        {
            Agreement.Check(await new ApiComparison(silo, expected).DifferenceAsync(), $"MG_CRASH_SEED={seed}\n{silo.Output}");
        }
        await cluster.StopAllAndCompareAsync(expected, $"MG_CRASH_SEED={seed}", output);
    }

    [PostgresFact]
    public async Task Silo_WithoutASecondOne_TakesNothingInUntilThereIsOne()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store, [.. CrashNode.Busy, "Durability=Replicated"]);
        CrashNode alone = await cluster.StartAsync(0);
        Assert.Contains("no second silo has this one's log on its disk", await alone.ReadinessAsync(503), StringComparison.Ordinal);
        using HttpResponseMessage refused = await SendAsync(alone);
        Assert.Equal((503, true), ((int)refused.StatusCode, refused.Headers.RetryAfter is not null));
        await cluster.StartAsync(1);
        await alone.ReadinessAsync(200);
        using HttpResponseMessage taken = await SendAsync(alone);
        Assert.Equal(200, (int)taken.StatusCode);
    }

    private static Task<HttpResponseMessage> SendAsync(CrashNode silo) =>
        silo.Http.PostAsync(new Uri("/api/v1/points", UriKind.Relative), new StringContent("""[{"name":"replicated.test","value":1}]"""));

    /// <summary>The folder of the copies of a node's log in a silo's data folder; null: it has none.</summary>
    private static string? CopiesOf(string data, string node)
    {
        string copies = Path.Combine(data, "copies");
        return Directory.Exists(copies) ? Directory.GetDirectories(copies).SingleOrDefault(f => Path.GetFileName(f).StartsWith(node, StringComparison.Ordinal)) : null;
    }
}
