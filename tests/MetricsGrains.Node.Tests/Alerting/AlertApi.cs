using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>The alerting API of a node, as a client without a library speaks to it.</summary>
internal sealed class AlertApi(NodeProcess node)
{
    public const string Rules = "/api/v1/alert-rules";
    public const string Channels = "/api/v1/channels";
    public const string Silences = "/api/v1/silences";

    public Task<ApiReply> GetAsync(string path) => SendAsync("GET", path);

    /// <param name="body">Text goes as it is, anything else as JSON.</param>
    /// <param name="headers">Like "If-Match: \"3\"".</param>
    public async Task<ApiReply> SendAsync(string method, string path, object? body = null, params string[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body as string ?? JsonSerializer.Serialize(body)));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        foreach (string header in headers)
        {
            int colon = header.IndexOf(':', StringComparison.Ordinal);
            request.Headers.TryAddWithoutValidation(header[..colon], header[(colon + 1)..].Trim());
        }
        using HttpResponseMessage response = await node.Http.SendAsync(request);
        return new ApiReply((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ETag?.ToString() ?? "", response.Headers.Location?.ToString() ?? "");
    }

    /// <summary>A rule that is all right: last of a metric that has its name, over a minute.</summary>
    /// <param name="more">Fields in place of those, or beside them.</param>
    public static Dictionary<string, object?> Rule(string name, params (string Field, object? Value)[] more)
    {
        var rule = new Dictionary<string, object?> { ["name"] = name, ["metric_name"] = name, ["statistic"] = "last", ["condition"] = "gt", ["threshold"] = 10, ["window_minutes"] = 5 };
        foreach ((string field, object? value) in more)
        {
            rule[field] = value;
        }
        return rule;
    }

    public async Task<ApiReply> MakeRuleAsync(string name, params (string Field, object? Value)[] more) => (await SendAsync("POST", Rules, Rule(name, more))).Expect(201);

    /// <summary>A webhook channel that groups nothing and waits for nothing.</summary>
    public async Task<ApiReply> MakeChannelAsync(string name, string url) =>
        (await SendAsync("POST", Channels, new { name, type = "webhook", group_wait = "0s", group_interval = "0s", secrets = new { url } })).Expect(201);

    /// <summary>Sends a gauge's value of half a minute ago, which the next evaluation sees.</summary>
    public Task GaugeAsync(string metric, double value, string tags = "") => node.UdpAsync(
        FormattableString.Invariant($"{metric}:{value}|g{(tags.Length > 0 ? "|#" + tags : "")}|T{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 30}"));

    /// <summary>Waits until the rule is in a state.</summary>
    public Task StateAsync(string id, string state) => Eventually.EqualAsync(state, async () => (await GetAsync($"{Rules}/{id}")).Data.GetProperty("state").GetString(), $"the state of rule {id}");

    /// <summary>A rule that fires, for each of the tags.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> FireAsync(string name, string[] tags, params (string Field, object? Value)[] more)
    {
        foreach (string tag in tags)
        {
            await GaugeAsync(name, 42, tag);
        }
        string id = (await MakeRuleAsync(name, [.. tags.Length > 0 ? new (string, object?)[] { ("group_by", new[] { tags[0].Split(':')[0] }) } : [], .. more])).Id;
        await Eventually.EqualAsync(tags.Length, async () => (await GetAsync($"{Rules}/{id}")).Data.GetProperty("firing").GetInt32(), $"{name} fires");
        // Shown as soon as it is so, saved with its events the moment after.
        await Eventually.TrueAsync(async () => (await EventsAsync($"rule={id}&kind=state_changed")).Length >= tags.Length, $"the history says that {name} fires");
        return id;
    }

    /// <summary>Newest first.</summary>
    public async Task<JsonElement[]> EventsAsync(string query) => [.. (await GetAsync("/api/v1/alert-events?" + query)).Expect(200).Data.EnumerateArray()];
}
