using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using Xunit.Abstractions;

namespace MetricsGrains.Silo.Tests;

/// <summary>Silos that lose each other, but not their clients and not the database.</summary>
public sealed class NetworkCutTests(PostgresClusterFixture fixture, ITestOutputHelper output) : IClassFixture<PostgresClusterFixture>
{
    private static readonly TimeSpan s_for = TimeSpan.FromSeconds(TestSetting.Number("MG_CUT_SECONDS", 60));

    [NetworkFact]
    public Task Network_CutBetweenTwoOfThree_NothingIsLost() => CutAsync("0 from 1", (0, 1));

    [NetworkFact]
    public Task Network_OneCutOffFromTheOthers_NothingIsLost() => CutAsync("2 from 0 and 1", (0, 2), (1, 2));

    private async Task CutAsync(string what, params (int One, int Other)[] pairs)
    {
        using var network = new SiloNetwork(SiloCluster.Places);
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store.Through(c => c.Host = fixture.Cluster.SocketFolder), CrashNode.Busy, network.SeatOf);
        for (int place = 0; place < SiloCluster.Places; place++)
        {
            await cluster.StartAsync(place);
        }
        var run = new FaultRun(cluster, store);
        await run.SendDuringAsync(async () =>
        {
            Array.ForEach(pairs, p => network.Cut(p.One, p.Other));
            await Task.Delay(s_for);
            // Whoever has lost the others goes on taking in, or has ended.
            await run.WaitForMoreAsync(20);
            Array.ForEach(pairs, p => network.Heal(p.One, p.Other));
            int[] ended = [.. cluster.Silos.Where(s => s.Value.HasExited).Select(s => s.Key)];
            output.WriteLine($"cut {what} for {s_for.TotalSeconds} s: ended by themselves: {(ended.Length == 0 ? "none" : string.Join(", ", ended))}");
            await cluster.ReviveEndedAsync();
        });
        await run.CheckAsync(output, $"cut {what}");
    }
}
