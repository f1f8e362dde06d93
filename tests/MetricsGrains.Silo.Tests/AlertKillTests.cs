using System.Diagnostics;
using System.Text.Json;
using MetricsGrains.Crash.Tests;
using MetricsGrains.Crash.Tests.Stores;
using Xunit.Abstractions;

namespace MetricsGrains.Silo.Tests;

/// <summary>Rules and channels are grains: whichever silo dies, they are evaluated and told elsewhere, once.</summary>
public sealed class AlertKillTests(PostgresClusterFixture fixture, ITestOutputHelper output) : IClassFixture<PostgresClusterFixture>
{
    private const string Metric = "queue.depth";
    private const string Rules = "metricsgrains_alerts_rules";

    [PostgresFact]
    public async Task Rule_TheSilosThatEvaluateItAreKilled_IsWokenElsewhereAndToldOnce()
    {
        await using AlertCluster cluster = await AlertCluster.StartAsync(fixture);
        await cluster.MakeChannelAsync(cluster.Silos.Silos[0]);
        double value = 1;
        using var stop = new CancellationTokenSource();
        Task sending = cluster.SendAsync(Metric, () => value, stop.Token);
        string rule = await AlertCluster.PostAsync(cluster.Silos.Silos[0], "/api/v1/alert-rules", new { name = "TooMany", metric_name = Metric, statistic = "last", condition = "gt", threshold = 10, window_minutes = 1, channels = new[] { "hook" } });
        await cluster.EvaluatedAsync(2);
        string registered = await ReminderAsync(cluster);

        int first = await cluster.PlaceWithAsync(Rules, 1);
        await KillAsync(cluster, first, "well");
        value = 42;
        await Eventually.TrueAsync(() => Task.FromResult(cluster.Receiver.Statuses.Count > 0), () => "the receiver is told\n" + cluster.Output);
        await cluster.Silos.StartAsync(first);

        int second = await cluster.PlaceWithAsync(Rules, 1);
        await KillAsync(cluster, second, "firing");
        await cluster.EvaluatedAsync(5);
        Assert.Equal(["firing"], cluster.Receiver.Statuses);
        // The one that was registered before two silos died goes on.
        Assert.Equal(registered, await ReminderAsync(cluster));
        await SameEverywhereAsync(cluster, rule);

        value = 1;
        await Eventually.TrueAsync(() => Task.FromResult(cluster.Receiver.Statuses.LastOrDefault() == "resolved"), () => "the receiver is told of the end\n" + cluster.Output);
        await cluster.EvaluatedAsync(5);
        Assert.Equal(["firing", "resolved"], cluster.Receiver.Statuses);
        await stop.CancelAsync();
        await sending;
        foreach (CrashNode silo in cluster.Silos.Silos.Values)
        {
            Assert.True(await silo.StopAsync() == 0, silo.Output);
        }
    }

    [PostgresFact]
    public async Task Channel_ItsSiloIsKilledWhileAMessageWaits_IsSentByAnotherOnce()
    {
        await using AlertCluster cluster = await AlertCluster.StartAsync(fixture);
        cluster.Receiver.Status = 503;
        string channel = await cluster.MakeChannelAsync(cluster.Silos.Silos[0]);
        await AlertCluster.PostAsync(cluster.Silos.Silos[1], "/api/v1/alert-rules", new { name = "TooMany", metric_name = Metric, statistic = "last", condition = "gt", threshold = 10, window_minutes = 1, channels = new[] { "hook" } });
        using var stop = new CancellationTokenSource();
        Task sending = cluster.SendAsync(Metric, () => 42, stop.Token);
        await Eventually.TrueAsync(() => Task.FromResult(cluster.Receiver.Requests > 0), () => "it is tried\n" + cluster.Output);
        int place = await cluster.PlaceWithAsync("metricsgrains_notifications_outbox", 1);
        string message = await MessageAsync(cluster, channel, "waiting");

        await cluster.Silos.KillAsync(place);
        cluster.Receiver.Status = 200;
        await Eventually.TrueAsync(() => Task.FromResult(cluster.Receiver.Bodies.Count > 0), () => "it is sent\n" + cluster.Output);
        await cluster.EvaluatedAsync(5);
        Assert.Equal(["firing"], cluster.Receiver.Statuses);
        Assert.Equal(message, await MessageAsync(cluster, channel, "sent"));
        await stop.CancelAsync();
        await sending;
    }

    [PostgresFact]
    public async Task Rule_ItsSiloIsSuspendedUntilOthersHaveFired_ComesBackAndTellsNobody()
    {
        await using AlertCluster cluster = await AlertCluster.StartAsync(fixture);
        await cluster.MakeChannelAsync(cluster.Silos.Silos[0]);
        double value = 1;
        using var stop = new CancellationTokenSource();
        await AlertCluster.PostAsync(cluster.Silos.Silos[0], "/api/v1/alert-rules", new { name = "TooMany", metric_name = Metric, statistic = "last", condition = "gt", threshold = 10, window_minutes = 1, channels = new[] { "hook" } });
        Task sending = cluster.SendAsync(Metric, () => value, stop.Token);
        await cluster.EvaluatedAsync(2);
        int place = await cluster.PlaceWithAsync(Rules, 1);
        // Nobody asks it anything meanwhile.
        cluster.Silos.Silos.Remove(place, out CrashNode? suspended);
        await suspended!.SignalAsync("STOP");
        value = 42;
        await Eventually.TrueAsync(() => Task.FromResult(cluster.Receiver.Statuses.Count > 0), () => "another silo tells the receiver\n" + cluster.Output);
        await suspended.SignalAsync("CONT");
        // It finds itself declared dead; what it does until then must not be heard.
        await cluster.EvaluatedAsync(10);
        Assert.Equal(["firing"], cluster.Receiver.Statuses);
        await stop.CancelAsync();
        await sending;
        await suspended.DisposeAsync();
    }

    [PostgresFact]
    public async Task Store_GoesFromANodeToAClusterAndBack_PagesNobodyTwice()
    {
        await using AlertCluster cluster = await AlertCluster.StartAsync(fixture, silos: 0);
        using var data = new DataFolder();
        string[] settings = [.. AlertCluster.Settings, .. cluster.Store.Settings];
        double value = 42;
        using var stop = new CancellationTokenSource();
        Task sending;
        await using (CrashNode node = await CrashNode.StartAsync(data.Path, settings))
        {
            cluster.Silos.Silos[9] = node;
            sending = cluster.SendAsync(Metric, () => value, stop.Token);
            await cluster.MakeChannelAsync(node);
            await AlertCluster.PostAsync(node, "/api/v1/alert-rules", new { name = "TooMany", metric_name = Metric, statistic = "last", condition = "gt", threshold = 10, window_minutes = 1, channels = new[] { "hook" } });
            await Eventually.TrueAsync(() => Task.FromResult(cluster.Receiver.Statuses.Count > 0), () => "the receiver is told by the node\n" + node.Output);
            cluster.Silos.Silos.Remove(9);
            Assert.Equal(0, await node.StopAsync());
        }
        await cluster.Silos.StartAsync(0);
        await cluster.EvaluatedAsync(4);
        Assert.Equal(["firing"], cluster.Receiver.Statuses);
        Assert.Equal(1, await AlertCluster.FigureAsync(cluster.Silos.Silos[0], "metricsgrains_alerts_firing"));
        value = 1;
        await Eventually.TrueAsync(() => Task.FromResult(cluster.Receiver.Statuses.LastOrDefault() == "resolved"), () => "the cluster tells the end\n" + cluster.Output);
        value = 42;
        await Eventually.TrueAsync(() => Task.FromResult(cluster.Receiver.Statuses.LastOrDefault() == "firing" && cluster.Receiver.Statuses.Count == 3), () => "the cluster tells the next\n" + cluster.Output);
        await cluster.EvaluatedAsync(2);
        await using CrashNode again = await CrashNode.StartAsync(data.Path, settings);
        await again.SaysAsync("This node stands by");
        CrashNode silo = cluster.Silos.Silos[0];
        cluster.Silos.Silos.Remove(0);
        Assert.True(await silo.StopAsync() == 0, silo.Output);
        await silo.DisposeAsync();
        cluster.Silos.Silos[9] = again;
        await cluster.EvaluatedAsync(4);
        Assert.Equal(["firing", "resolved", "firing"], cluster.Receiver.Statuses);
        Assert.Equal(1, await AlertCluster.FigureAsync(again, "metricsgrains_alerts_firing"));
        cluster.Silos.Silos.Remove(9);
        await stop.CancelAsync();
        await sending;
    }

    private async Task KillAsync(AlertCluster cluster, int place, string when)
    {
        var clock = Stopwatch.StartNew();
        await cluster.Silos.KillAsync(place);
        await cluster.EvaluatedAsync(1);
        output.WriteLine($"killed the silo that evaluates a rule that is {when}: evaluated elsewhere after {clock.Elapsed.TotalSeconds:0.0} s, at an interval of 2 s");
    }

    /// <summary>When the rule's reminder was registered, and how often since.</summary>
    private static async Task<string> ReminderAsync(AlertCluster cluster)
    {
        string? found = null;
        await Eventually.TrueAsync(
            async () => (found = await cluster.Store.ExecuteAsync("SELECT grain_id || ' ' || start_at || ' ' || version FROM orleans_reminder WHERE name LIKE 'evaluate%'") as string) is not null,
            () => "the reminder is registered\n" + cluster.Output);
        return found!;
    }

    private static async Task<string> MessageAsync(AlertCluster cluster, string channel, string status)
    {
        string id = "";
        await Eventually.TrueAsync(
            async () =>
            {
                (_, JsonElement body) = await cluster.Silos.Silos.Values.First().GetAsync($"/api/v1/channels/{channel}/messages?status={status}");
                JsonElement[] messages = [.. body.GetProperty("data").EnumerateArray()];
                Assert.True(messages.Length <= 1, body.ToString());
                id = messages.Length == 1 ? messages[0].GetProperty("id").GetString()! : "";
                return id.Length > 0;
            }, () => $"one {status} message\n{cluster.Output}");
        return id;
    }

    /// <summary>The rule's instances, asked one by one and in the list, of every silo.</summary>
    private static async Task SameEverywhereAsync(AlertCluster cluster, string rule)
    {
        string seen = "";
        await Eventually.TrueAsync(
            async () =>
            {
                var answers = new HashSet<string>();
                foreach (CrashNode silo in cluster.Silos.Silos.Values)
                {
                    (int status, JsonElement one) = await silo.GetAsync($"/api/v1/alert-rules/{rule}");
                    (_, JsonElement all) = await silo.GetAsync("/api/v1/alert-rules");
                    answers.Add($"{status} {PhaseOf(one.GetProperty("data"))} {string.Join(',', all.GetProperty("data").EnumerateArray().Select(r => r.GetProperty("id").GetString() + " " + PhaseOf(r)))}");
                }
                seen = string.Join('\n', answers);
                return answers.Count == 1;
            }, () => $"the same from every silo: {seen}\n{cluster.Output}");
    }

    private static string PhaseOf(JsonElement rule) => rule.GetProperty("state").ToString();
}
