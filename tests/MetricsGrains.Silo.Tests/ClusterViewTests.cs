using System.Text.Json;
using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;

namespace MetricsGrains.Silo.Tests;

/// <summary>What people see of the cluster, whichever silo they ask.</summary>
public sealed class ClusterViewTests(PostgresClusterFixture fixture) : IClassFixture<PostgresClusterFixture>
{
    [PostgresFact]
    public async Task Cluster_OfThreeSilos_IsTheSameFromAnyAndLosesTheOneThatDies()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store, CrashNode.Busy);
        for (int place = 0; place < SiloCluster.Places; place++)
        {
            await cluster.StartAsync(place);
        }
        var senders = new Senders(1, 2, runningTotals: false);
        using var stop = new CancellationTokenSource();
        // Enough metrics for every silo to have some: a marker of its own for each round.
        for (int round = 0; round < 30; round++)
        {
            await senders.SendAsync(cluster.Silos[round % SiloCluster.Places], round, 2, stop.Token);
        }
        await cluster.SettleAsync();
        foreach (CrashNode silo in cluster.Silos.Values)
        {
            (int status, JsonElement seen) = await silo.GetAsync("/api/v1/cluster");
            Assert.True(status == 200, $"{status} {seen}");
            JsonElement[] silos = [.. seen.GetProperty("silos").EnumerateArray()];
            Assert.Equal(["silo-0", "silo-1", "silo-2"], silos.Select(s => s.GetProperty("node").GetString()!));
            Assert.All(silos, s => Assert.Equal("up", s.GetProperty("status").GetString()));
            // 30 markers, four metrics that all rounds share, and what the silos tell of themselves.
            Assert.True(silos.Sum(s => s.GetProperty("metrics").GetInt32()) > 34, seen.ToString());
            Assert.All(silos, s => Assert.True(s.GetProperty("metrics").GetInt32() > 0, seen.ToString()));
            Assert.Equal(3, silos.SelectMany(s => s.GetProperty("logs").EnumerateArray()).Select(l => l.GetProperty("origin").GetString()).Distinct().Count());
            Assert.All(silos.SelectMany(s => s.GetProperty("logs").EnumerateArray()), l => Assert.True(l.GetProperty("logged").GetInt64() > 0, seen.ToString()));
        }
        await cluster.KillAsync(1);
        await Eventually.TrueAsync(
            async () => (await cluster.Silos[0].GetAsync("/api/v1/cluster")).Body.GetProperty("silos").EnumerateArray().Select(s => s.GetProperty("node").GetString()).SequenceEqual(["silo-0", "silo-2"]),
            () => "the dead silo is gone from the list");
    }
}
