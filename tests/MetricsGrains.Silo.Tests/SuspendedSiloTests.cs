using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using Xunit.Abstractions;

namespace MetricsGrains.Silo.Tests;

/// <summary>A silo that stands still for a minute (a suspended machine, a paused virtual one) under load, and goes on.</summary>
public sealed class SuspendedSiloTests(PostgresClusterFixture fixture, ITestOutputHelper output) : IClassFixture<PostgresClusterFixture>
{
    private const int Suspended = 1;

    /// <summary>The table of silos is read again every five seconds.</summary>
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan s_for = TimeSpan.FromSeconds(TestSetting.Number("MG_SUSPENDED_SECONDS", 60));

    [PostgresFact]
    public async Task Silo_SuspendedForAMinute_GoesOnOrEndsItselfAndNothingIsLost()
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using var cluster = new SiloCluster(store, CrashNode.Busy);
        for (int place = 0; place < SiloCluster.Places; place++)
        {
            await cluster.StartAsync(place);
        }
        var run = new FaultRun(cluster, store);
        CrashNode suspended = cluster.Silos[Suspended];
        await run.SendDuringAsync(async () =>
        {
            await suspended.SignalAsync("STOP");
            await Task.Delay(s_for);
            await suspended.SignalAsync("CONT");
            // Mostly the others have its metrics by now, and it ends when it hears of that. Those that are starved themselves may not have noticed.
            await Task.Delay(s_settle);
            output.WriteLine(suspended.HasExited ? "it ended itself" : "it goes on");
            await cluster.ReviveEndedAsync();
        });
        await run.CheckAsync(output, $"silo {Suspended} suspended for {s_for.TotalSeconds} s");
    }
}
