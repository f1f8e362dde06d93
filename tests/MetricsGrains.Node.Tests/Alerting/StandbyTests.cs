using System.Net.Http.Json;
using System.Text.Json;
using MetricsGrains.Testbed;

namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>Two nodes that write into one PostgreSQL database: one of them evaluates the rules.</summary>
public sealed class StandbyTests : IDisposable
{
    private readonly DataFolder _firstData = new();
    private readonly DataFolder _secondData = new();
    private readonly WebhookReceiver _receiver = new();

    public void Dispose()
    {
        _receiver.Dispose();
        _firstData.Dispose();
        _secondData.Dispose();
    }

    [PostgresFact]
    public async Task TwoNodes_OneStore_OnePagesAndTheOtherTakesOverWhenItDies()
    {
        string[] settings = ["Alerting:EvaluationInterval=1s", "Alerting:AllowPrivateWebhooks=true", $"Store:ConnectionString={await NodeDatabase.CreateAsync()}"];
        await using NodeProcess first = await NodeProcess.StartAsync(_firstData.Path, settings);
        await using NodeProcess second = await NodeProcess.StartAsync(_secondData.Path, settings);
        Assert.Contains("stands by", await ReadinessAsync(second), StringComparison.Ordinal);
        Assert.DoesNotContain("stands by", await ReadinessAsync(first), StringComparison.Ordinal);

        // Made where nobody evaluates; both get the samples.
        using (HttpResponseMessage made = await second.Http.PostAsJsonAsync("/api/v1/channels", new { name = "hook", type = "webhook", group_wait = "0s", group_interval = "1s", secrets = new { url = _receiver.Url } }))
        {
            Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        }
        using (HttpResponseMessage made = await second.Http.PostAsJsonAsync("/api/v1/alert-rules", new { name = "TooMany", metric_name = "queue.depth", statistic = "max", condition = "gt", threshold = 10, window_minutes = 60, channels = new[] { "hook" } }))
        {
            Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        }
        await first.UdpAsync("queue.depth:42|g");
        await second.UdpAsync("queue.depth:42|g");
        await Eventually.EqualAsync(1, () => Task.FromResult(_receiver.Bodies.Count), "the receiver is told");

        // Killed before it has noted that it told, it would be told once more: at least once is the promise.
        await Eventually.TrueAsync(async () => (await second.Http.GetFromJsonAsync<JsonElement>("/api/v1/alert-events?kind=notification_sent")).GetProperty("data").GetArrayLength() > 0, "it is noted");
        await first.KillAsync();
        await Eventually.TrueAsync(async () => !(await ReadinessAsync(second)).Contains("stands by", StringComparison.Ordinal), "the other takes over");
        HttpResponseMessage deleted = await second.Http.DeleteAsync("/api/v1/alert-rules/" + await RuleAsync(second));
        Assert.True(deleted.IsSuccessStatusCode, await deleted.Content.ReadAsStringAsync());
        await Eventually.EqualAsync("resolved", () => Task.FromResult(_receiver.Statuses[^1]), "the end is told by the other");
        Assert.Equal(["firing", "resolved"], _receiver.Statuses);
    }

    private static async Task<string> ReadinessAsync(NodeProcess node) => await (await node.Http.GetAsync("/health/ready")).Content.ReadAsStringAsync();

    private static async Task<string> RuleAsync(NodeProcess node) =>
        (await node.Http.GetFromJsonAsync<JsonElement>("/api/v1/alert-rules")).GetProperty("data").EnumerateArray().Single().GetProperty("id").GetString()!;
}
