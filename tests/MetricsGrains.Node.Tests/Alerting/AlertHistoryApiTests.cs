using System.Globalization;
using System.Text.Json;

namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>What is asked of alerts that fire: Prometheus' endpoints, the history, explanations, acknowledging and muting, previews.</summary>
public sealed class AlertHistoryApiTests(AlertApiFixture fixture) : IClassFixture<AlertApiFixture>
{
    private readonly AlertApi _api = fixture.Api;

    [Fact]
    public async Task Alerts_AreInPrometheusShape()
    {
        await _api.FireAsync("prom.shape", ["host:a"], ("severity", "critical"), ("owner", "platform"), ("runbook_url", "https://runbooks/x"));
        ApiReply reply = (await _api.GetAsync("/api/v1/alerts")).Expect(200);
        // prometheus.io/docs/prometheus/latest/querying/api/#alerts
        Assert.Equal("success", reply.Body.GetProperty("status").GetString());
        JsonElement alert = reply.Data.GetProperty("alerts").EnumerateArray().Single(a => a.GetProperty("labels").GetProperty("alertname").GetString() == "prom.shape");
        Assert.Equal("firing", alert.GetProperty("state").GetString());
        Assert.Equal("42", alert.GetProperty("value").GetString());
        Assert.True(DateTimeOffset.TryParse(alert.GetProperty("activeAt").GetString(), CultureInfo.InvariantCulture, out _));
        Dictionary<string, string> labels = alert.GetProperty("labels").Deserialize<Dictionary<string, string>>()!;
        Assert.Equal(("a", "critical", "platform", "prom.shape"), (labels["host"], labels["severity"], labels["owner"], labels["metric"]));
        Dictionary<string, string> annotations = alert.GetProperty("annotations").Deserialize<Dictionary<string, string>>()!;
        Assert.Equal("https://runbooks/x", annotations["runbook_url"]);
        Assert.Contains("42", annotations["summary"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alerts_OfAPendingInstance_ArePending()
    {
        await _api.GaugeAsync("prom.pending", 42);
        string id = (await _api.MakeRuleAsync("prom.pending", ("for", "1h"))).Id;
        await _api.StateAsync(id, "pending");
        JsonElement alert = (await _api.GetAsync("/api/v1/alerts")).Data.GetProperty("alerts").EnumerateArray().Single(a => a.GetProperty("labels").GetProperty("alertname").GetString() == "prom.pending");
        Assert.Equal("pending", alert.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Rules_AreInPrometheusShape()
    {
        string id = await _api.FireAsync("prom.rule", ["host:a"], ("for", "0s"), ("keep_firing_for", "2m"));
        JsonElement group = (await _api.GetAsync("/api/v1/rules")).Expect(200).Data.GetProperty("groups")[0];
        Assert.Equal(1, group.GetProperty("interval").GetDouble());
        Assert.NotEqual("", group.GetProperty("name").GetString());
        Assert.NotEqual("", group.GetProperty("file").GetString());
        JsonElement rule = group.GetProperty("rules").EnumerateArray().Single(r => r.GetProperty("name").GetString() == "prom.rule");
        Assert.Equal(("alerting", "firing", "ok", "", 0, 120), (rule.GetProperty("type").GetString(), rule.GetProperty("state").GetString(), rule.GetProperty("health").GetString(), rule.GetProperty("lastError").GetString(), rule.GetProperty("duration").GetDouble(), rule.GetProperty("keepFiringFor").GetDouble()));
        Dictionary<string, string> labels = rule.GetProperty("labels").Deserialize<Dictionary<string, string>>()!;
        Assert.Equal(["rule_id", "severity"], labels.Keys.Order());
        Assert.Equal(id, labels["rule_id"]);
        Assert.Single(rule.GetProperty("alerts").EnumerateArray());
        Assert.Equal("last of prom.rule over 5m > 10, by host", rule.GetProperty("query").GetString());
    }

    [Fact]
    public async Task Events_AreFoundByRuleInstanceKindAndTime()
    {
        long before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        string id = await _api.FireAsync("found.events", ["host:a", "host:b"]);
        JsonElement fired = Assert.Single(await _api.EventsAsync($"rule={id}&instance=host:a&kind=state_changed"));
        Assert.Equal(("found.events", "host:a", "firing", 42), (fired.GetProperty("rule").GetString(), fired.GetProperty("instance").GetString(), fired.GetProperty("to").GetString(), fired.GetProperty("value").GetDouble()));
        Assert.Equal(2, (await _api.EventsAsync("rule=Found.Events&kind=state_changed")).Length);
        Assert.Equal(3, (await _api.EventsAsync($"rule={id}")).Length);
        Assert.Empty(await _api.EventsAsync($"rule={id}&to={before}"));
        Assert.Equal(3, (await _api.EventsAsync($"rule={id}&from={before}&to=now")).Length);
        string at = Uri.EscapeDataString(fired.GetProperty("at").GetString()!);
        Assert.Contains(await _api.EventsAsync($"rule={id}&from={at}"), e => e.GetProperty("id").GetInt64() == fired.GetProperty("id").GetInt64());
        Assert.DoesNotContain(await _api.EventsAsync($"rule={id}&to={at}"), e => e.GetProperty("id").GetInt64() == fired.GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task Events_InPages_AreEachThereOnceAndNewestFirst()
    {
        ApiReply made = await _api.MakeRuleAsync("paged.events");
        foreach (int threshold in Enumerable.Range(20, 10))
        {
            (await _api.SendAsync("PATCH", $"{AlertApi.Rules}/{made.Id}", new { threshold })).Expect(200);
        }
        List<long> ids = [];
        string next = "";
        do
        {
            ApiReply page = (await _api.GetAsync($"/api/v1/alert-events?rule={made.Id}&limit=4{next}")).Expect(200);
            ids.AddRange(page.Data.EnumerateArray().Select(e => e.GetProperty("id").GetInt64()));
            next = page.Body.GetProperty("next").GetString() is { } before ? "&before=" + before : "";
        }
        while (next.Length > 0);
        Assert.Equal(11, ids.Count);
        Assert.Equal(ids.Distinct().OrderDescending(), ids);
    }

    [Theory]
    [InlineData("rule=never.made", "rule")]
    [InlineData("kind=exploded", "kind")]
    [InlineData("channel=never.made", "channel")]
    [InlineData("from=yesterday", "from")]
    [InlineData("before=abc", "before")]
    [InlineData("limit=0", "limit")]
    public async Task Events_AskedForWrongly_NameTheParameter(string query, string parameter) => Assert.Equal(parameter, (await _api.GetAsync("/api/v1/alert-events?" + query)).Expect(400).Body.GetProperty("parameter").GetString());

    [Fact]
    public async Task Acknowledge_OfOneInstance_SaysWhoAndLeavesTheOthers()
    {
        string id = await _api.FireAsync("ack.me", ["host:a", "host:b"]);
        ApiReply rule = (await _api.SendAsync("POST", $"{AlertApi.Rules}/{id}/acknowledge", new { tags = new { host = "a" }, note = "on it", by = "ann" })).Expect(200);
        JsonElement a = rule.Data.GetProperty("instances").EnumerateArray().Single(i => i.GetProperty("instance").GetString() == "host:a");
        JsonElement b = rule.Data.GetProperty("instances").EnumerateArray().Single(i => i.GetProperty("instance").GetString() == "host:b");
        Assert.Equal(("ann", "on it", JsonValueKind.Null), (a.GetProperty("acknowledged").GetProperty("by").GetString(), a.GetProperty("acknowledged").GetProperty("note").GetString(), b.GetProperty("acknowledged").ValueKind));
        Assert.Equal("ann", Assert.Single(await _api.EventsAsync($"rule={id}&kind=acknowledged")).GetProperty("by").GetString());
        (await _api.SendAsync("POST", $"{AlertApi.Rules}/{id}/acknowledge", new { tags = new { host = "z" } })).Expect(409);
        Assert.Equal(["tags"], (await _api.SendAsync("POST", $"{AlertApi.Rules}/{id}/acknowledge", new { tags = "host:a" })).Expect(400).ProblemFields);
    }

    [Fact]
    public async Task Mute_OfARule_KeepsItFromBeingToldUntilItEnds()
    {
        using var receiver = new RawReceiver();
        await _api.MakeChannelAsync("muted channel", receiver.Url);
        ApiReply made = await _api.MakeRuleAsync("mute.me", ("channels", new[] { "muted channel" }), ("group_by", new[] { "host" }));
        string path = $"{AlertApi.Rules}/{made.Id}";
        ApiReply muted = (await _api.SendAsync("POST", path + "/mute", new { @for = "2h", why = "noisy", by = "ann" })).Expect(200);
        Assert.Equal("noisy", muted.Data.GetProperty("mute").GetProperty("why").GetString());
        await _api.GaugeAsync("mute.me", 42, "host:a");
        await Eventually.TrueAsync(async () => (await _api.EventsAsync($"rule={made.Id}&kind=notification_suppressed")).Any(e => e.GetProperty("suppression").GetString() == "mute"), "it is kept back");
        Assert.Equal(0, receiver.Requests);
        Assert.Contains("muted by ann: noisy", (await _api.GetAsync($"/api/v1/alert-explanation?rule={made.Id}")).Data.GetProperty("summary").GetString(), StringComparison.Ordinal);
        (await _api.SendAsync("DELETE", path + "/mute?by=ben")).Expect(200);
        await Eventually.TrueAsync(() => Task.FromResult(receiver.Requests == 1), "the receiver is told");
        Assert.Equal(["until"], (await _api.SendAsync("POST", path + "/mute", new { until = "2020-01-01T00:00:00Z" })).Expect(400).ProblemFields);
        Assert.Equal(["for"], (await _api.SendAsync("POST", path + "/mute", new { @for = "0s" })).Expect(400).ProblemFields);
    }

    [Fact]
    public async Task Forget_OfAGroup_EndsItsAlert()
    {
        string id = await _api.FireAsync("forget.me", ["host:a", "host:b"]);
        (await _api.SendAsync("POST", $"{AlertApi.Rules}/{id}/forget", new { by = "ann" })).Expect(400);
        (await _api.SendAsync("POST", $"{AlertApi.Rules}/{id}/forget", new { tags = new { host = "z" } })).Expect(404);
        (await _api.SendAsync("POST", $"{AlertApi.Rules}/{id}/forget", new { tags = new { host = "a" }, by = "ann" })).Expect(200);
        Assert.Equal("ann", Assert.Single(await _api.EventsAsync($"rule={id}&kind=instance_forgotten")).GetProperty("by").GetString());
    }

    [Fact]
    public async Task Explanation_OfWhatIsNotKnown_SaysWhatIsNot()
    {
        string id = await _api.FireAsync("explained", ["host:a"]);
        Assert.Equal("rule", (await _api.GetAsync("/api/v1/alert-explanation")).Expect(400).Body.GetProperty("parameter").GetString());
        (await _api.GetAsync($"/api/v1/alert-explanation?rule={Guid.NewGuid()}")).Expect(404);
        Assert.Contains("names no channel", await SummaryAsync($"rule={id}&instance=host:a"), StringComparison.Ordinal);
        Assert.Contains("has never been seen", await SummaryAsync($"rule={id}&instance=host:elsewhere"), StringComparison.Ordinal);
        Assert.Contains("did not exist", await SummaryAsync($"rule=explained&time=now-1h"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rule_OfAMetricThatWasNeverReceived_WaitsForTheFirstSample()
    {
        string id = (await _api.MakeRuleAsync("first.sample")).Id;
        await Eventually.TrueAsync(async () => (await _api.GetAsync($"{AlertApi.Rules}/{id}")).Data.GetProperty("waiting_for_first_sample").GetBoolean(), "it waits");
        Assert.Equal("", (await _api.GetAsync($"{AlertApi.Rules}/{id}")).Data.GetProperty("problem").GetString());
        await _api.GaugeAsync("first.sample", 42);
        await _api.StateAsync(id, "firing");
        Assert.False((await _api.GetAsync($"{AlertApi.Rules}/{id}")).Data.GetProperty("waiting_for_first_sample").GetBoolean());
    }

    [Fact]
    public async Task Preview_OfARuleThatWouldHaveFired_SaysWhenAndHowManyPages()
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        string lines = string.Join('\n', Enumerable.Range(1, 30).Select(back => string.Create(CultureInfo.InvariantCulture, $"previewed:{(back is > 10 and <= 15 ? 95 : 50)}|g|#host:a|T{now - (back * 60)}")));
        await fixture.Node.UdpAsync(lines);
        await Eventually.TrueAsync(async () => (await _api.GetAsync("/api/v1/metrics?match=previewed")).Data.GetArrayLength() > 0, "the metric is there");
        JsonElement preview = (await _api.SendAsync("POST", AlertApi.Rules + "/preview", AlertApi.Rule("previewed", ("threshold", 90), ("window_minutes", 1), ("group_by", new[] { "host" }), ("range", "1h")))).Expect(200).Data;
        Assert.Equal((1, 1), (preview.GetProperty("total_firings").GetInt32(), preview.GetProperty("total_pages").GetInt32()));
        JsonElement group = preview.GetProperty("groups")[0];
        Assert.Equal("a", group.GetProperty("tags").GetProperty("host").GetString());
        JsonElement firing = group.GetProperty("firings")[0];
        Assert.Equal((95, false), (firing.GetProperty("peak").GetDouble(), firing.GetProperty("ongoing").GetBoolean()));
        Assert.Equal(TimeSpan.FromMinutes(5), firing.GetProperty("to").GetDateTimeOffset() - firing.GetProperty("from").GetDateTimeOffset());
        Assert.NotEqual(0, group.GetProperty("points").GetArrayLength());
        JsonElement unknown = (await _api.SendAsync("POST", AlertApi.Rules + "/preview", AlertApi.Rule("not.there"))).Expect(200).Data;
        Assert.Contains("not.there", unknown.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal("from", (await _api.SendAsync("POST", AlertApi.Rules + "/preview", AlertApi.Rule("previewed", ("range", "30d")))).Expect(400).Body.GetProperty("parameter").GetString());
    }

    private async Task<string> SummaryAsync(string query) => (await _api.GetAsync("/api/v1/alert-explanation?" + query)).Expect(200).Data.GetProperty("summary").GetString()!;
}
