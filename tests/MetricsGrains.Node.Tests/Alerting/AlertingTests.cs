using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MetricsGrains.Testbed;

namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>Alerting from the packet to the receiver, with the real program.</summary>
public sealed class AlertingTests : IDisposable
{
    private static readonly string[] Quick = ["Alerting:EvaluationInterval=1s", "Alerting:AllowPrivateWebhooks=true"];

    private readonly DataFolder _data = new();
    private readonly WebhookReceiver _receiver = new();

    public void Dispose()
    {
        _receiver.Dispose();
        _data.Dispose();
    }

    [Fact]
    public async Task Rule_ValueOverItsThreshold_IsToldOnceAndItsEndToo()
    {
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, Quick);
        await MakeChannelAsync(node);
        string rule = await MakeRuleAsync(node, new { name = "TooMany", metric_name = "queue.depth", statistic = "last", condition = "gt", threshold = 10, window_minutes = 1, group_by = new[] { "shard" }, severity = "critical", channels = new[] { "hook" } });

        using var stop = new CancellationTokenSource();
        Gauge gauge = new(node, "queue.depth", "shard:a") { Value = 42 };
        Task sending = gauge.RunAsync(stop.Token);
        await Eventually.EqualAsync("firing", () => Task.FromResult(_receiver.Statuses.LastOrDefault() ?? ""), "the receiver is told");
        JsonElement alert = _receiver.Bodies[0].GetProperty("alerts")[0];
        Assert.Equal(("TooMany", "a", "critical"), (Label(alert, "alertname"), Label(alert, "shard"), Label(alert, "severity")));
        Assert.Equal("firing", await PhaseAsync(node, rule));

        gauge.Value = 1;
        await Eventually.EqualAsync("resolved", () => Task.FromResult(_receiver.Statuses.LastOrDefault() ?? ""), "the receiver is told of the end");
        await stop.CancelAsync();
        await sending;
        Assert.Equal(["firing", "resolved"], _receiver.Statuses);
        Assert.Equal(0, await node.StopAsync());
    }

    [Fact]
    public async Task Rule_NodeIsKilledWhileItFires_GoesOnAndIsNotToldAgain()
    {
        using var stop = new CancellationTokenSource();
        string rule;
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, Quick))
        {
            await MakeChannelAsync(node);
            rule = await MakeRuleAsync(node, new { name = "TooMany", metric_name = "queue.depth", statistic = "max", condition = "gt", threshold = 10, window_minutes = 60, channels = new[] { "hook" } });
            await node.UdpAsync("queue.depth:42|g");
            await Eventually.EqualAsync(1, () => Task.FromResult(_receiver.Bodies.Count), "the receiver is told");
            await EventAsync(node, rule, "notification_sent");
            await node.KillAsync();
        }
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, Quick))
        {
            long evaluated = await EvaluationsAsync(node);
            await Eventually.TrueAsync(async () => await EvaluationsAsync(node) >= evaluated + 5, "it is evaluated again");
            Assert.Equal("firing", await PhaseAsync(node, rule));
            Assert.Single(_receiver.Bodies);
            HttpResponseMessage deleted = await node.Http.DeleteAsync($"/api/v1/alert-rules/{rule}");
            Assert.True(deleted.IsSuccessStatusCode, await deleted.Content.ReadAsStringAsync());
            await Eventually.EqualAsync("resolved", () => Task.FromResult(_receiver.Statuses.Last()), "the end of a deleted rule's alert is told");
        }
    }

    [Fact]
    public async Task Rule_NodeIsKilledWhileItIsPending_CountsOnFromWhenItBegan()
    {
        string rule;
        string since;
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, Quick))
        {
            await MakeChannelAsync(node);
            rule = await MakeRuleAsync(node, new Dictionary<string, object> { ["name"] = "TooMany", ["metric_name"] = "queue.depth", ["statistic"] = "max", ["condition"] = "gt", ["threshold"] = 10, ["window_minutes"] = 60, ["for"] = "8s", ["channels"] = new[] { "hook" } });
            await node.UdpAsync("queue.depth:42|g");
            await Eventually.EqualAsync("pending", () => PhaseAsync(node, rule), "it is pending");
            since = await EventAsync(node, rule, "state_changed");
            await node.KillAsync();
        }
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path, Quick))
        {
            await Eventually.EqualAsync("firing", () => PhaseAsync(node, rule), "it fires");
            JsonElement[] changes = await EventsAsync(node, rule, "state_changed");
            // One pending, one firing: the clock of 'for' was not begun anew.
            Assert.Equal(2, changes.Length);
            Assert.Contains(changes, c => c.GetRawText() == since);
        }
    }

    [Fact]
    public async Task DeadMansSwitch_ProcessIsSuspended_DoesNotFireForWhatItMissed()
    {
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, Quick);
        await MakeChannelAsync(node);
        string rule = await MakeRuleAsync(node, new { name = "JobSilent", type = "dead_man", metric_name = "job.heartbeat", window_minutes = 1, severity = "critical", channels = new[] { "hook" } });
        await node.UdpAsync("job.heartbeat:1|c");
        await Eventually.EqualAsync("inactive", () => PhaseAsync(node, rule), "it is watched");
        // Longer than the window is enough here: what counts is that the clock of silence begins anew after the gap. By hand five minutes.
        await node.SignalAsync("STOP");
        await Task.Delay(TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("MG_SUSPEND_SECONDS"), out int seconds) ? seconds : 70));
        await node.SignalAsync("CONT");
        long evaluated = await EvaluationsAsync(node);
        await Eventually.TrueAsync(async () => await EvaluationsAsync(node) >= evaluated + 5, "it is evaluated again");
        Assert.NotEqual("firing", await PhaseAsync(node, rule));
        Assert.Empty(_receiver.Bodies);
    }

    [Fact]
    public async Task DeadMansSwitch_SourceFallsSilent_FiresAndResolvesWhenItIsBack()
    {
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, Quick);
        await MakeChannelAsync(node);
        string rule = await MakeRuleAsync(node, new { name = "JobSilent", type = "dead_man", metric_name = "job.heartbeat", window_minutes = 1, group_by = new[] { "host" }, severity = "critical", channels = new[] { "hook" } });
        using var stop = new CancellationTokenSource();
        Task lives = new Gauge(node, "job.heartbeat", "host:a").RunAsync(stop.Token);
        await node.UdpAsync("job.heartbeat:1|g|#host:b");
        var watch = Stopwatch.StartNew();
        await Eventually.TrueAsync(() => Task.FromResult(_receiver.Bodies.Count == 1 || watch.Elapsed > TimeSpan.FromSeconds(55)), "");
        await Eventually.EqualAsync(1, () => Task.FromResult(_receiver.Bodies.Count), "the silent host is told");
        JsonElement alert = Assert.Single(_receiver.Bodies[0].GetProperty("alerts").EnumerateArray());
        Assert.Equal("b", Label(alert, "host"));
        await node.UdpAsync("job.heartbeat:1|g|#host:b");
        await Eventually.EqualAsync("resolved", () => Task.FromResult(_receiver.Statuses[^1]), "it is back");
        await stop.CancelAsync();
        await lives;
    }

    [Fact]
    public async Task Channel_ReceiverFailsForAWhile_IsToldWhenItIsBack()
    {
        _receiver.Status = 503;
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, Quick);
        await MakeChannelAsync(node);
        await MakeRuleAsync(node, new { name = "TooMany", metric_name = "queue.depth", statistic = "max", condition = "gt", threshold = 10, window_minutes = 60, channels = new[] { "hook" } });
        await node.UdpAsync("queue.depth:42|g");
        await Eventually.TrueAsync(() => Task.FromResult(_receiver.Requests >= 1), "it is tried");
        _receiver.Status = 200;
        await Eventually.EqualAsync(1, () => Task.FromResult(_receiver.Bodies.Count), "the receiver is told");
    }

    private async Task MakeChannelAsync(NodeProcess node)
    {
        using HttpResponseMessage made = await node.Http.PostAsJsonAsync("/api/v1/channels", new { name = "hook", type = "webhook", group_wait = "0s", group_interval = "1s", secrets = new { url = _receiver.Url } });
        Assert.True(made.StatusCode == HttpStatusCode.Created, await made.Content.ReadAsStringAsync());
    }

    /// <returns>The rule's id.</returns>
    private static async Task<string> MakeRuleAsync(NodeProcess node, object rule)
    {
        using HttpResponseMessage made = await node.Http.PostAsJsonAsync("/api/v1/alert-rules", rule);
        string answer = await made.Content.ReadAsStringAsync();
        Assert.True(made.StatusCode == HttpStatusCode.Created, answer);
        JsonElement body = JsonDocument.Parse(answer).RootElement;
        return (body.TryGetProperty("data", out JsonElement data) ? data : body).GetProperty("id").GetString()!;
    }

    private static string Label(JsonElement alert, string name) => alert.GetProperty("labels").GetProperty(name).GetString()!;

    /// <summary>The phase of the rule's first instance; empty when it has none.</summary>
    private static async Task<string> PhaseAsync(NodeProcess node, string rule)
    {
        JsonElement[] changes = await EventsAsync(node, rule, "state_changed");
        if (changes.Length > 0)
        {
            return changes[0].GetProperty("to").GetString()!;
        }
        return await EvaluationsAsync(node) > 2 ? "inactive" : "";
    }

    private static async Task<string> EventAsync(NodeProcess node, string rule, string kind)
    {
        JsonElement[] found = [];
        await Eventually.TrueAsync(async () => (found = await EventsAsync(node, rule, kind)).Length > 0, $"an event {kind}");
        return found[0].GetRawText();
    }

    /// <summary>Newest first.</summary>
    private static async Task<JsonElement[]> EventsAsync(NodeProcess node, string rule, string kind)
    {
        JsonElement answer = await node.Http.GetFromJsonAsync<JsonElement>($"/api/v1/alert-events?rule={rule}&kind={kind}");
        return [.. answer.GetProperty("data").EnumerateArray()];
    }

    /// <summary>Of all rules since the node started.</summary>
    private static async Task<long> EvaluationsAsync(NodeProcess node)
    {
        string figures = await node.Http.GetStringAsync("/metrics");
        string? line = figures.Split('\n').FirstOrDefault(l => l.StartsWith("metricsgrains_alerts_evaluations", StringComparison.Ordinal) && !l.StartsWith('#'));
        return line is null ? 0 : (long)double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>A gauge that somebody sends ten times a second.</summary>
    private sealed class Gauge(NodeProcess node, string name, string tags)
    {
        public int Value { get; set; } = 1;

        public async Task RunAsync(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                await node.UdpAsync($"{name}:{Value}|g|#{tags}");
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }
}
