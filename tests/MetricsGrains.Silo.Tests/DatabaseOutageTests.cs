using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using MetricsGrains.Testbed;
using Xunit.Abstractions;

namespace MetricsGrains.Silo.Tests;

/// <summary>The database is away while the silos work: they stay together, take in, and go on by themselves when it is back.</summary>
public sealed class DatabaseOutageTests(PostgresClusterFixture fixture, ITestOutputHelper output) : IClassFixture<PostgresClusterFixture>
{
    private static readonly TimeSpan s_away = TimeSpan.FromSeconds(TestSetting.Number("MG_OUTAGE_SECONDS", 45));

    [PostgresFact]
    public async Task Database_AwayForLongerThanProbesTake_NothingIsLostAndRulesGoOn()
    {
        await using var proxy = new FaultyProxy("127.0.0.1", fixture.Cluster.Port);
        PostgresCrashStore direct = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using AlertCluster alerts = await AlertCluster.StartAsync(direct.Through(c => c.Port = proxy.Port), CrashNode.Busy);
        SiloCluster cluster = alerts.Silos;
        var run = new FaultRun(cluster, direct);
        await alerts.MakeChannelAsync(cluster.Silos[0]);
        await AlertCluster.PostAsync(cluster.Silos[0], "/api/v1/alert-rules", new { name = "TooMany", metric_name = "queue.depth", statistic = "last", condition = "gt", threshold = 10, window_minutes = 1, channels = new[] { "hook" } });
        double value = 1;
        using var stop = new CancellationTokenSource();
        Task sending = alerts.SendAsync("queue.depth", () => value, stop.Token);
        await alerts.EvaluatedAsync(2);
        await run.SendDuringAsync(async () =>
        {
            await proxy.GoAwayAsync();
            await cluster.Silos[0].ReadinessAsync(503);
            await Task.Delay(s_away);
            await run.WaitForMoreAsync(50);
            Assert.All(cluster.Silos.Values, s => Assert.False(s.HasExited, s.Output));
            proxy.ComeBack();
            foreach (CrashNode silo in cluster.Silos.Values)
            {
                await silo.ReadinessAsync(200);
            }
        });
        await alerts.EvaluatedAsync(5);
        Assert.Empty(alerts.Receiver.Statuses);
        value = 42;
        await Eventually.TrueAsync(() => Task.FromResult(alerts.Receiver.Statuses.Count > 0), () => "the rule fires\n" + alerts.Output);
        await alerts.EvaluatedAsync(5);
        Assert.Equal(["firing"], alerts.Receiver.Statuses);
        (_, System.Text.Json.JsonElement seen) = await cluster.Silos[0].GetAsync("/api/v1/cluster");
        Assert.Equal(SiloCluster.Places, seen.GetProperty("silos").EnumerateArray().Count(s => s.GetProperty("status").GetString() == "up"));
        await stop.CancelAsync();
        await sending;
        await run.CheckAsync(output, $"database away for {s_away.TotalSeconds} s");
    }
}
