using System.Text.Json;
using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using Xunit.Abstractions;

namespace MetricsGrains.Silo.Tests;

/// <summary>A silo whose clock is off by a minute: points stay exact, nobody is paged for it, and somebody is told.</summary>
public sealed class ClockSkewTests(PostgresClusterFixture fixture, ITestOutputHelper output) : IClassFixture<PostgresClusterFixture>
{
    private const int Off = 1;

    [ClockFact]
    public Task Clock_AMinuteAhead_IsTold() => SkewAsync(TimeSpan.FromMinutes(1));

    [ClockFact]
    public Task Clock_AMinuteBehind_IsTold() => SkewAsync(TimeSpan.FromMinutes(-1));

    private async Task SkewAsync(TimeSpan ahead)
    {
        PostgresCrashStore store = await PostgresCrashStore.CreateAsync(fixture.Cluster);
        await using AlertCluster alerts = await AlertCluster.StartAsync(store, CrashNode.Busy, place => place == Off ? FakeClock.Seat(ahead) : SiloSeat.Here);
        SiloCluster cluster = alerts.Silos;
        var run = new FaultRun(cluster, store);
        await alerts.MakeChannelAsync(cluster.Silos[0]);
        double value = 1;
        using var stop = new CancellationTokenSource();
        // To a silo whose clock is right: what the other stamps is off.
        Task sending = alerts.SendAsync("queue.depth", () => value, stop.Token, place: 0);
        await cluster.Silos[Off].SaysAsync("It evaluates no alert rules until then");
        // More rules than silos, so that each would get some.
        for (int rule = 0; rule < 6; rule++)
        {
            await AlertCluster.PostAsync(cluster.Silos[rule % SiloCluster.Places], "/api/v1/alert-rules", new { name = $"Silent{rule}", type = "dead_man", metric_name = "queue.depth", window_minutes = 1, channels = new[] { "hook" } });
        }
        await AlertCluster.PostAsync(cluster.Silos[0], "/api/v1/alert-rules", new { name = "TooMany", metric_name = "queue.depth", statistic = "last", condition = "gt", threshold = 10, window_minutes = 1, channels = new[] { "hook" } });
        await run.SendDuringAsync(async () =>
        {
            // Longer than a window, by any of the clocks.
            await Task.Delay(TimeSpan.FromSeconds(80));
            await alerts.EvaluatedAsync(20);
        });
        Assert.Empty(alerts.Receiver.Bodies);
        value = 42;
        await Eventually.TrueAsync(() => Task.FromResult(alerts.Receiver.Statuses.Count > 0), () => "the rule fires\n" + alerts.Output);
        await alerts.EvaluatedAsync(20);
        Assert.Equal(["firing"], alerts.Receiver.Statuses);
        foreach (CrashNode silo in cluster.Silos.Values)
        {
            (_, JsonElement seen) = await silo.GetAsync("/api/v1/cluster");
            foreach (JsonElement one in seen.GetProperty("silos").EnumerateArray())
            {
                double expected = one.GetProperty("node").GetString() == $"silo-{Off}" ? ahead.TotalMilliseconds : 0;
                Assert.InRange(one.GetProperty("clock_off_ms").GetDouble(), expected - 3_000, expected + 3_000);
            }
        }
        await stop.CancelAsync();
        await sending;
        await run.CheckAsync(output, $"clock of silo {Off} ahead by {ahead.TotalSeconds} s");
    }
}
