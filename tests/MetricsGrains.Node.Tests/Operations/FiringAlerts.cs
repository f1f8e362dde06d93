using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MetricsGrains.Node.Tests.Alerting;
using MetricsGrains.Testbed;

namespace MetricsGrains.Node.Tests.Operations;

/// <summary>
/// Rules, channels, a silence, history, and an alert that fires and could not be told yet: what a store that is moved or put back must hold. The
/// receiver's address is a channel's secret, so that an alert is told shows that secrets are there too.
/// </summary>
internal sealed class FiringAlerts : IDisposable
{
    public static readonly string[] Settings = ["Alerting:EvaluationInterval=1s", "Alerting:AllowPrivateWebhooks=true"];

    private const string Api = "/api/v1/";

    private readonly WebhookReceiver _receiver = new() { Status = 503 };
    private readonly List<string> _rules = [];
    private readonly List<string> _channels = [];
    private List<string> _definitions = [];
    private HashSet<string> _history = [];

    public void Dispose() => _receiver.Dispose();

    /// <summary>Makes all of it, and returns when the alert waits to be told.</summary>
    public async Task MakeAsync(NodeProcess node)
    {
        _channels.Add(await MakeAsync(node, "channels", new { name = "hook", type = "webhook", group_wait = "0s", group_interval = "1s", secrets = new { url = _receiver.Url } }));
        _channels.Add(await MakeAsync(node, "channels", new { name = "spare", type = "webhook", secrets = new { url = _receiver.Url + "spare" } }));
        _rules.Add(await MakeAsync(node, "alert-rules", new { name = "TooMany", metric_name = "queue.depth", statistic = "max", condition = "gt", threshold = 10, window_minutes = 60, severity = "critical", channels = new[] { "hook" } }));
        _rules.Add(await MakeAsync(node, "alert-rules", new { name = "Silenced", metric_name = "queue.depth", statistic = "max", condition = "gt", threshold = 11, window_minutes = 60, channels = new[] { "spare" } }));
        await MakeAsync(node, "silences", new { matchers = new[] { "alertname=Silenced" }, duration = "4h", created_by = "ann", comment = "until it is moved" });
        using HttpResponseMessage edited = await node.Http.PatchAsJsonAsync($"{Api}alert-rules/{_rules[0]}", new { owner = "shop" });
        Assert.True(edited.IsSuccessStatusCode, await edited.Content.ReadAsStringAsync());
        await node.UdpAsync("queue.depth:42|g");
        await Eventually.TrueAsync(async () => (await MessagesAsync(node, "waiting")).Count == 1 && await IsFiringAsync(node, _rules[1]), "one alert waits to be told, one is silenced");
        _definitions = await DefinitionsAsync(node);
        _history = await HistoryAsync(node);
        Assert.True(_history.Count >= 7, string.Join('\n', _history));
    }

    /// <summary>Takes away all that can be.</summary>
    public async Task DeleteAsync(NodeProcess node)
    {
        foreach (string path in (string[])[.. _rules.Select(r => $"alert-rules/{r}"), .. _channels.Select(c => $"channels/{c}?force=true")])
        {
            using HttpResponseMessage deleted = await node.Http.DeleteAsync(Api + path);
            Assert.True(deleted.IsSuccessStatusCode, await deleted.Content.ReadAsStringAsync());
        }
    }

    /// <summary>All is as it was, what fires still fires, and what waited is told: once.</summary>
    public async Task GoOnAsync(NodeProcess node)
    {
        Assert.Equal(_definitions, await DefinitionsAsync(node));
        Assert.Superset(_history, await HistoryAsync(node));
        Assert.Equal((true, true), (await IsFiringAsync(node, _rules[0]), await IsFiringAsync(node, _rules[1])));
        _receiver.Status = 200;
        await Eventually.TrueAsync(async () => (await MessagesAsync(node, "sent")).Count == 1, $"it is told\n{node.Output}");
        double evaluated = await node.ExposedAsync("metricsgrains_alerts_evaluations_total");
        await Eventually.TrueAsync(async () => await node.ExposedAsync("metricsgrains_alerts_evaluations_total") >= evaluated + 6, "the rules are evaluated on");
        Assert.Equal(["firing"], _receiver.Statuses);
        Assert.Equal("TooMany", _receiver.Bodies[0].GetProperty("alerts")[0].GetProperty("labels").GetProperty("alertname").GetString());
    }

    private static async Task<string> MakeAsync(NodeProcess node, string what, object body)
    {
        using HttpResponseMessage made = await node.Http.PostAsJsonAsync(Api + what, body);
        string answer = await made.Content.ReadAsStringAsync();
        Assert.True(made.IsSuccessStatusCode, answer);
        JsonElement root = JsonDocument.Parse(answer).RootElement;
        return (root.TryGetProperty("data", out JsonElement data) ? data : root).GetProperty("id").GetString()!;
    }

    private async Task<JsonArray> MessagesAsync(NodeProcess node, string status) => await ListAsync(node, $"channels/{_channels[0]}/messages?status={status}");

    private static async Task<bool> IsFiringAsync(NodeProcess node, string rule) =>
        (await ListAsync(node, $"alert-events?rule={rule}&kind=state_changed")).FirstOrDefault()?["to"]?.GetValue<string>() == "firing";

    /// <summary>What people have written, each version of it.</summary>
    private async Task<List<string>> DefinitionsAsync(NodeProcess node)
    {
        List<string> answers = [await node.Http.GetStringAsync(Api + "alert-rules/export")];
        foreach (string rule in _rules)
        {
            answers.Add((await ListAsync(node, $"alert-rules/{rule}/versions")).ToJsonString());
        }
        foreach (JsonNode? silence in await ListAsync(node, "silences"))
        {
            answers.Add(string.Join(' ', ((string[])["id", "matchers", "ends_at", "created_by", "comment"]).Select(k => silence![k]?.ToJsonString())));
        }
        foreach (JsonNode? channel in await ListAsync(node, "channels"))
        {
            answers.Add(string.Join(' ', ((string[])["id", "name", "type", "secrets_set", "group_interval"]).Select(k => channel![k]?.ToJsonString())));
        }
        return answers;
    }

    /// <summary>The events without their numbers, which each store gives by itself.</summary>
    private static async Task<HashSet<string>> HistoryAsync(NodeProcess node)
    {
        var events = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonNode? happened in await ListAsync(node, "alert-events?limit=1000"))
        {
            happened!.AsObject().Remove("id");
            events.Add(happened.ToJsonString());
        }
        return events;
    }

    private static async Task<JsonArray> ListAsync(NodeProcess node, string path) =>
        JsonNode.Parse((await node.GetJsonAsync(Api + path)).GetProperty("data").GetRawText())!.AsArray();
}
