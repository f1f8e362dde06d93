using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using MetricsGrains.Testbed;

namespace MetricsGrains.Silo.Tests;

/// <summary>A silo that can't be of use ends at once, and says what to do.</summary>
public sealed class SiloStartTests(PostgresClusterFixture fixture) : IClassFixture<PostgresClusterFixture>
{
    [PostgresFact]
    public async Task Start_DatabaseUnreachable_EndsAndSaysWhatToCheck()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store.Through(c => c.Port = 1), []);
        await RefusesAsync(cluster.Launch(0), "can't be reached; check Host and Port");
        // Its data folder is fit for the next start.
        await using var right = new SiloCluster(store, [$"DataPath={cluster.DataOf(0)}"]);
        await right.StartAsync(0);
    }

    [PostgresFact]
    public async Task Start_DatabaseThatDoesNotAnswer_EndsAndSaysSo()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var proxy = new FaultyProxy("127.0.0.1", fixture.Cluster.Port);
        proxy.Stall();
        await using var cluster = new SiloCluster(store.Through(c => c.Port = proxy.Port), []);
        await RefusesAsync(cluster.Launch(0), "did not answer in time");
    }

    [PostgresFact]
    public async Task Start_StoreOfAnotherService_NamesItAndTheSetting()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store, []);
        await cluster.StartAsync(0);
        await using var other = new SiloCluster(store, []);
        await RefusesAsync(other.Launch(0, "Cluster:ServiceId=shop"), "belongs to the cluster service 'metricsgrains'", "MetricsGrains:Cluster:ServiceId is 'shop'", "Search Path");
        // It stays refused when nobody lives: the rules there are not its own.
        await cluster.StopAsync(0);
        await RefusesAsync(other.Launch(0, "Cluster:ServiceId=shop"), "belongs to the cluster service 'metricsgrains'");
    }

    [PostgresFact]
    public async Task Start_StoreOfAnotherClusterThatLives_NamesItAndTheSettingUntilItHasStopped()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store, []);
        await using var other = new SiloCluster(store, []);
        await cluster.StartAsync(0, "Cluster:ClusterId=blue");
        await RefusesAsync(other.Launch(0, "Cluster:ClusterId=green"), "in use by the cluster 'blue'", "MetricsGrains:Cluster:ClusterId is 'green'", "stop its silos first");
        // The claim of a silo that may still be starting holds for half a minute.
        await store.ExecuteAsync("UPDATE orleans_owner SET claimed_at = now() - interval '1 minute'");
        await RefusesAsync(other.Launch(0, "Cluster:ClusterId=green"), "its silo silo-0 at 127.0.0.1:");
        await cluster.StopAsync(0);
        await other.StartAsync(0, "Cluster:ClusterId=green");
    }

    private static async Task RefusesAsync(CrashNode launched, params string[] advice)
    {
        await using CrashNode silo = launched;
        Assert.True(await silo.WaitForExitAsync() == 1, silo.Output);
        Assert.Contains("MetricsGrains can't start: ", silo.Output, StringComparison.Ordinal);
        Assert.All(advice, a => Assert.Contains(a, silo.Output, StringComparison.Ordinal));
        // Words, not a stack trace.
        Assert.DoesNotContain("   at ", silo.Output, StringComparison.Ordinal);
    }
}
