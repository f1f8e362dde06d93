using System.Text.Json;

namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>Rules over HTTP: made, read, edited by several, listed, deleted.</summary>
public sealed class RuleApiTests(AlertApiFixture fixture) : IClassFixture<AlertApiFixture>
{
    private readonly AlertApi _api = fixture.Api;

    [Fact]
    public async Task Rule_WithEveryField_ComesBackAsItWasWritten()
    {
        var written = AlertApi.Rule("Everything", ("type", "threshold"), ("metric_name", "every.thing"), ("tag_filter", new { env = "production", host = new { glob = "web-*" }, zone = new { not = "eu" } }),
            ("group_by", new[] { "service", "zone" }), ("statistic", "p99.9"), ("condition", "lte"), ("threshold", 0.25), ("recovery_threshold", 0.5), ("window_minutes", 1440), ("for", "10m"),
            ("keep_firing_for", "1h30m"), ("no_data", "alert"), ("no_data_after", "2m"), ("severity", "info"), ("channels", new[] { "later", "another" }), ("repeat_interval", "0s"), ("inhibits", true),
            ("runbook_url", "https://runbooks/everything"), ("message", "{{tags.service}} is at {{value}}"), ("owner", "platform"), ("enabled", false));
        ApiReply made = (await _api.SendAsync("POST", AlertApi.Rules, written, "X-MetricsGrains-By: ann")).Expect(201);
        JsonElement read = (await _api.GetAsync($"{AlertApi.Rules}/{made.Id}")).Expect(200).Data;
        foreach ((string field, object? value) in written)
        {
            Assert.True(JsonElement.DeepEquals(JsonSerializer.SerializeToElement(value), read.GetProperty(field)), $"{field}: {read.GetProperty(field)}");
        }
        Assert.Equal(("later", "ann", 1), (read.GetProperty("notification_channel").GetString(), read.GetProperty("updated_by").GetString(), read.GetProperty("version").GetInt32()));
        Assert.Equal(JsonValueKind.Null, read.GetProperty("last_fired_at").ValueKind);
        Assert.EndsWith("Z", read.GetProperty("created_at").GetString(), StringComparison.Ordinal);
        Assert.Equal((made.Location, "\"1\""), ($"{AlertApi.Rules}/{made.Id}", made.ETag));
        // What was read can be brought back as it is.
        (await _api.SendAsync("PUT", $"{AlertApi.Rules}/{made.Id}", read.GetRawText())).Expect(200);
    }

    [Fact]
    public async Task Rule_OfTheDesignDocumentsFieldsAlone_IsTaken()
    {
        ApiReply made = (await _api.SendAsync("POST", AlertApi.Rules, """
            {"name":"Plain","metric_name":"plain","tag_filter":{"env":"prod"},"condition":"gt","threshold":1,"window_minutes":5,"severity":"critical","notification_channel":"ops","enabled":true}
            """)).Expect(201);
        Assert.Equal("ops", made.Data.GetProperty("channels")[0].GetString());
    }

    [Fact]
    public async Task Put_WithoutSayingWhichVersion_Is428AndChangesNothing()
    {
        ApiReply made = await _api.MakeRuleAsync("Versioned");
        ApiReply refused = (await _api.SendAsync("PUT", $"{AlertApi.Rules}/{made.Id}", AlertApi.Rule("Versioned", ("threshold", 11)))).Expect(428);
        Assert.Contains("If-Match: \"1\"", refused.Error, StringComparison.Ordinal);
        Assert.Equal("\"1\"", (await _api.GetAsync($"{AlertApi.Rules}/{made.Id}")).ETag);
    }

    [Theory]
    [InlineData("If-Match: \"7\"", 412)]
    [InlineData("If-Match: \"nonsense\"", 412)]
    [InlineData("If-Match: \"1\"", 200)]
    [InlineData("If-Match: W/\"1\"", 200)]
    [InlineData("If-Match: \"7\", \"1\"", 200)]
    [InlineData("If-Match: *", 200)]
    public async Task Put_ForAVersion_IsDoneOnlyIfThatIsTheStoredOne(string header, int status)
    {
        string name = "Match " + header.Replace("\"", "'", StringComparison.Ordinal);
        ApiReply made = await _api.MakeRuleAsync(name);
        ApiReply reply = (await _api.SendAsync("PUT", $"{AlertApi.Rules}/{made.Id}", AlertApi.Rule(name, ("threshold", 11)), header)).Expect(status);
        // A refusal says at which version it is.
        Assert.Equal(status == 200 ? "\"2\"" : "\"1\"", reply.ETag);
        Assert.Equal(status == 200 ? 11 : 10, (await _api.GetAsync($"{AlertApi.Rules}/{made.Id}")).Data.GetProperty("threshold").GetInt32());
        if (status == 412)
        {
            Assert.Contains("version 1", reply.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Put_ByTwoWhoReadTheSame_TheSecondIs412AndTheFirstStays()
    {
        ApiReply made = await _api.MakeRuleAsync("By two");
        string path = $"{AlertApi.Rules}/{made.Id}";
        (await _api.SendAsync("PUT", path, AlertApi.Rule("By two", ("threshold", 11), ("version", 1)))).Expect(200);
        ApiReply second = (await _api.SendAsync("PUT", path, AlertApi.Rule("By two", ("threshold", 12), ("version", 1)))).Expect(412);
        Assert.Equal(2, second.Body.GetProperty("version").GetInt32());
        Assert.Equal(11, (await _api.GetAsync(path)).Data.GetProperty("threshold").GetInt32());
        (await _api.SendAsync("DELETE", path, null, "If-Match: \"1\"")).Expect(412);
        (await _api.SendAsync("DELETE", path, null, "If-Match: \"2\"")).Expect(200);
        (await _api.GetAsync(path)).Expect(404);
    }

    [Fact]
    public async Task Put_ByManyAtOnce_LosesNoEdit()
    {
        ApiReply made = await _api.MakeRuleAsync("By many");
        string path = $"{AlertApi.Rules}/{made.Id}";
        async Task<int> EditAsync(int threshold) => (await _api.SendAsync("PUT", path, AlertApi.Rule("By many", ("threshold", threshold), ("version", 1)))).Status;
        int[] statuses = await Task.WhenAll(Enumerable.Range(100, 8).Select(EditAsync));
        Assert.Equal(1, statuses.Count(s => s == 200));
        Assert.Equal(7, statuses.Count(s => s == 412));
        Assert.Equal("\"2\"", (await _api.GetAsync(path)).ETag);
    }

    [Fact]
    public async Task Patch_OfOneField_LeavesTheOthers()
    {
        ApiReply made = await _api.MakeRuleAsync("Patched", ("for", "5m"), ("recovery_threshold", 8));
        string path = $"{AlertApi.Rules}/{made.Id}";
        ApiReply patched = (await _api.SendAsync("PATCH", path, new { threshold = 20 })).Expect(200);
        Assert.Equal((20, "5m", 8), (patched.Data.GetProperty("threshold").GetInt32(), patched.Data.GetProperty("for").GetString(), patched.Data.GetProperty("recovery_threshold").GetInt32()));
        Assert.Equal(JsonValueKind.Null, (await _api.SendAsync("PATCH", path, """{"recovery_threshold":null}""")).Data.GetProperty("recovery_threshold").ValueKind);
        (await _api.SendAsync("PATCH", path, new { threshold = 30 }, "If-Match: \"1\"")).Expect(412);
        // What changes nothing is no edit.
        Assert.Equal("\"3\"", (await _api.SendAsync("PATCH", path, new { threshold = 20 })).Expect(200).ETag);
    }

    [Fact]
    public async Task Get_WithIfNoneMatch_AnswersWhole()
    {
        // A rule's answer has its state, which changes without its version: "not modified" would hide that it fires.
        ApiReply made = await _api.MakeRuleAsync("Not cached");
        ApiReply read = (await _api.SendAsync("GET", $"{AlertApi.Rules}/{made.Id}", null, "If-None-Match: \"1\"")).Expect(200);
        Assert.Equal("Not cached", read.Data.GetProperty("name").GetString());
    }

    [Fact]
    public async Task Post_OfATakenNameOrId_Is409AndNamesTheField()
    {
        ApiReply made = await _api.MakeRuleAsync("Taken");
        Assert.Equal(["name"], (await _api.SendAsync("POST", AlertApi.Rules, AlertApi.Rule("tAKEN"))).Expect(409).ProblemFields);
        Assert.Equal(["id"], (await _api.SendAsync("POST", AlertApi.Rules, AlertApi.Rule("Not taken", ("id", made.Id)))).Expect(409).ProblemFields);
    }

    [Fact]
    public async Task Versions_OfEditsAndTheDeletion_SayWhoChangedWhat()
    {
        ApiReply made = (await _api.SendAsync("POST", AlertApi.Rules, AlertApi.Rule("History of edits"), "X-MetricsGrains-By: ann")).Expect(201);
        string path = $"{AlertApi.Rules}/{made.Id}";
        (await _api.SendAsync("PATCH", path, new { threshold = 20, by = "ben" })).Expect(200);
        (await _api.SendAsync("DELETE", path + "?by=cleo")).Expect(200);
        JsonElement[] versions = [.. (await _api.GetAsync(path + "/versions")).Expect(200).Data.EnumerateArray()];
        Assert.Equal(["deleted", "threshold 10 → 20", "created"], versions.Select(v => v.GetProperty("changes").GetString()));
        Assert.Equal(["cleo", "ben", "ann"], versions.Select(v => v.GetProperty("by").GetString()));
        Assert.Equal([20, 20, 10], versions.Select(v => v.GetProperty("rule").GetProperty("threshold").GetInt32()));
        string[] kinds = [.. (await _api.EventsAsync($"rule={made.Id}&kind=rule_created,rule_edited,rule_deleted")).Select(e => $"{e.GetProperty("by")} {e.GetProperty("kind")}")];
        Assert.Equal(["cleo rule_deleted", "ben rule_edited", "ann rule_created"], kinds);
    }

    [Fact]
    public async Task List_FiltersAndPages()
    {
        await _api.MakeChannelAsync("pager of lists", "http://127.0.0.1:9/x");
        foreach (int i in Enumerable.Range(1, 5))
        {
            await _api.MakeRuleAsync($"Listed {i}", ("owner", i % 2 == 0 ? "even" : "odd"), ("severity", i == 3 ? "critical" : "info"), ("enabled", i != 5), ("channels", i == 4 ? new[] { "pager of lists" } : []));
        }
        string list = AlertApi.Rules + "?match=listed&limit=2";
        ApiReply page = (await _api.GetAsync(list)).Expect(200);
        Assert.Equal(["Listed 1", "Listed 2"], page.Names);
        page = await _api.GetAsync($"{list}&after={Uri.EscapeDataString(page.Body.GetProperty("next").GetString()!)}");
        Assert.Equal(["Listed 3", "Listed 4"], page.Names);
        page = await _api.GetAsync($"{list}&after={Uri.EscapeDataString(page.Body.GetProperty("next").GetString()!)}");
        Assert.Equal(["Listed 5"], page.Names);
        Assert.Equal(JsonValueKind.Null, page.Body.GetProperty("next").ValueKind);
        Assert.Equal(["Listed 2", "Listed 4"], (await _api.GetAsync(AlertApi.Rules + "?match=listed&owner=even")).Names);
        Assert.Equal(["Listed 3"], (await _api.GetAsync(AlertApi.Rules + "?match=listed&severity=critical")).Names);
        Assert.Equal(["Listed 5"], (await _api.GetAsync(AlertApi.Rules + "?match=listed&enabled=false")).Names);
        Assert.Equal(["Listed 1"], (await _api.GetAsync(AlertApi.Rules + "?metric=Listed%201")).Names);
        Assert.Equal(["Listed 4"], (await _api.GetAsync(AlertApi.Rules + "?match=listed&channel=pager+of+lists")).Names);
        Assert.Equal("severity", (await _api.GetAsync(AlertApi.Rules + "?severity=worst")).Expect(400).Body.GetProperty("parameter").GetString());
    }

    [Fact]
    public async Task List_OfAChannelThatWasMadeAfterTheRule_HasTheRule()
    {
        await _api.MakeRuleAsync("Ahead of its channel", ("channels", new[] { "comes later" }));
        await _api.MakeChannelAsync("Comes Later", "http://127.0.0.1:9/x");
        Assert.Equal(["Ahead of its channel"], (await _api.GetAsync(AlertApi.Rules + "?channel=comes+later")).Names);
    }

    [Theory]
    [InlineData("GET", "/api/v1/alert-rules/8a9d5c4e-0000-4000-8000-000000000000", 404)]
    [InlineData("GET", "/api/v1/alert-rules/8a9d5c4e-0000-4000-8000-000000000000/versions", 404)]
    [InlineData("DELETE", "/api/v1/channels/8a9d5c4e-0000-4000-8000-000000000000", 404)]
    [InlineData("GET", "/api/v1/silences/8a9d5c4e-0000-4000-8000-000000000000", 404)]
    [InlineData("GET", "/api/v1/alert-rules/not-an-id", 404)]
    [InlineData("PUT", "/api/v1/alert-rules", 405)]
    public async Task Request_ForWhatIsNotThere_IsAnErrorInJson(string method, string path, int status) => Assert.Equal("error", (await _api.SendAsync(method, path)).Expect(status).Body.GetProperty("status").GetString());
}
