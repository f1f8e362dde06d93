using System.Text.Json;

namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>Silences over HTTP.</summary>
public sealed class SilenceApiTests(AlertApiFixture fixture) : IClassFixture<AlertApiFixture>
{
    private readonly AlertApi _api = fixture.Api;

    private static Dictionary<string, object?> Silence(params (string Field, object? Value)[] more)
    {
        var silence = new Dictionary<string, object?> { ["matchers"] = new[] { "alertname=Nothing" }, ["duration"] = "2h", ["created_by"] = "ann", ["comment"] = "deployment" };
        foreach ((string field, object? value) in more)
        {
            silence[field] = value;
        }
        return silence;
    }

    [Fact]
    public async Task Silence_IsMadeReadEditedByVersionAndEndedEarly()
    {
        ApiReply made = (await _api.SendAsync("POST", AlertApi.Silences, Silence())).Expect(201);
        string path = $"{AlertApi.Silences}/{made.Id}";
        Assert.Equal((path, "\"1\"", "active", "alertname=Nothing"), (made.Location, made.ETag, made.Data.GetProperty("status").GetString(), made.Data.GetProperty("matchers_text")[0].GetString()));
        (await _api.SendAsync("PUT", path, Silence(("comment", "longer")))).Expect(428);
        (await _api.SendAsync("PUT", path, Silence(("comment", "longer")), "If-Match: \"2\"")).Expect(412);
        (await _api.SendAsync("PUT", path, Silence(("comment", "longer")), "If-Match: \"1\"")).Expect(200);
        Assert.Equal("longer", (await _api.GetAsync(path)).Data.GetProperty("comment").GetString());
        // What was read can be brought back as it is.
        (await _api.SendAsync("PUT", path, (await _api.GetAsync(path)).Data.GetRawText())).Expect(200);
        ApiReply ended = (await _api.SendAsync("DELETE", path + "?by=ben")).Expect(200);
        Assert.Equal("expired", ended.Data.GetProperty("status").GetString());
        Assert.DoesNotContain(made.Id, (await _api.GetAsync(AlertApi.Silences)).Text, StringComparison.Ordinal);
        Assert.Contains(made.Id, (await _api.GetAsync(AlertApi.Silences + "?status=expired")).Text, StringComparison.Ordinal);
        Assert.Contains(await _api.EventsAsync("kind=silence_expired"), e => e.GetProperty("by").GetString() == "ben" && e.GetProperty("detail").GetString()!.Contains("longer", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"matchers":[]}""", "matchers")]
    [InlineData("""{"matchers":null}""", "matchers")]
    [InlineData("""{"matchers":["nonsense"]}""", "matchers[0]")]
    [InlineData("""{"matchers":["a=b","host=~("]}""", "matchers[1]")]
    [InlineData("""{"matchers":[{"label":"a","operator":"like","value":"b"}]}""", "matchers[0]")]
    [InlineData("""{"matchers":[{"label":"","value":"b"}]}""", "matchers[0]")]
    [InlineData("""{"duration":null}""", "to")]
    [InlineData("""{"duration":"0s"}""", "to")]
    [InlineData("""{"to":"2030-01-01T00:00:00Z"}""", "duration")]
    [InlineData("""{"from":"tomorrow"}""", "from")]
    [InlineData("""{"from":"2026-04-17T09:00:00"}""", "from")]
    [InlineData("""{"comment":""}""", "comment")]
    [InlineData("""{"created_by":""}""", "created_by")]
    [InlineData("""{"recurrence":{"days":["someday"],"start":"02:00","length":"4h"}}""", "recurrence.days")]
    [InlineData("""{"recurrence":{"days":["sunday"],"start":"26:00","length":"4h"}}""", "recurrence.start")]
    [InlineData("""{"recurrence":{"days":["sunday"],"start":"02:00","length":"8d"}}""", "recurrence.length")]
    [InlineData("""{"recurrence":{"days":["sunday"],"start":"02:00","length":"4h","time_zone":"Mars/Olympus"}}""", "recurrence.time_zone")]
    [InlineData("""{"recurrence":"weekly"}""", "recurrence")]
    [InlineData("""{"matcher":["a=b"]}""", "matcher")]
    public async Task Silence_WithAWrongField_Is400AndNamesIt(string json, string field)
    {
        (string, object?)[] more = [.. JsonDocument.Parse(json).RootElement.EnumerateObject().Select(m => (m.Name, (object?)m.Value))];
        Assert.Contains(field, (await _api.SendAsync("POST", AlertApi.Silences, Silence(more))).Expect(400).ProblemFields);
    }

    [Theory]
    [InlineData("alertname=~.*")]
    [InlineData("host=~.*")]
    [InlineData("nothing=")]
    [InlineData("nothing!=something")]
    public async Task Silence_ThatMatchesEverything_IsSavedWithAWarning(string matcher)
    {
        ApiReply made = await _api.SendAsync("POST", AlertApi.Silences, Silence(("matchers", new[] { matcher }), ("from", "2030-01-01T00:00:00Z")));
        Assert.True(made.Status == 201, made.Text);
        // An absent label is as good as an empty one: whether a matcher on it lets nearly everything through is only known of the probes.
        if (matcher.Contains(".*", StringComparison.Ordinal))
        {
            Assert.Equal(["matchers"], made.WarningFields);
        }
        Assert.Equal("pending", made.Data.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Preview_OfMatchers_SaysWhatTheyMatchNow()
    {
        await _api.FireAsync("silence.preview", ["host:a", "host:b", "host:c"]);
        JsonElement matched = (await _api.SendAsync("POST", AlertApi.Silences + "/preview", new { matchers = new[] { "alertname=silence.preview", "host=~a|b" } })).Expect(200).Data;
        Assert.Equal((2, 2), (matched.GetProperty("firing").GetInt32(), matched.GetProperty("instances").GetInt32()));
        Assert.Equal(["a", "b"], matched.GetProperty("alerts").EnumerateArray().Select(a => a.GetProperty("tags").GetProperty("host").GetString()).Order());
        Assert.Equal(["matchers"], (await _api.SendAsync("POST", AlertApi.Silences + "/preview", new { matchers = new[] { "alertname=~.*" } })).Expect(200).WarningFields);
        Assert.Equal(["matchers[0]"], (await _api.SendAsync("POST", AlertApi.Silences + "/preview", new { matchers = new[] { "host=~(" } })).Expect(400).ProblemFields);
        Assert.Equal(0, (await _api.SendAsync("POST", AlertApi.Silences + "/preview", new { matchers = new[] { "host=elsewhere" } })).Data.GetProperty("instances").GetInt32());
    }

    [Fact]
    public async Task Silence_WhileItHolds_KeepsFromBeingToldAndEndedEarlyDoesNot()
    {
        using var receiver = new RawReceiver();
        await _api.MakeChannelAsync("silent", receiver.Url);
        ApiReply silence = (await _api.SendAsync("POST", AlertApi.Silences, Silence(("matchers", new[] { "alertname=silent.alert" })))).Expect(201);
        string rule = await _api.FireAsync("silent.alert", ["host:a"], ("channels", new[] { "silent" }));
        await Eventually.TrueAsync(async () => (await _api.EventsAsync($"rule={rule}&kind=notification_suppressed")).Any(e => e.GetProperty("suppression").GetString() == "silence"), "it is kept back");
        Assert.Equal(0, receiver.Requests);
        JsonElement why = (await _api.GetAsync($"/api/v1/alert-explanation?rule={rule}&instance=host:a")).Expect(200).Data;
        Assert.Contains("silenced by ann: deployment", why.GetProperty("summary").GetString(), StringComparison.Ordinal);
        (await _api.SendAsync("DELETE", $"{AlertApi.Silences}/{silence.Id}")).Expect(200);
        await Eventually.TrueAsync(() => Task.FromResult(receiver.Requests == 1), "the receiver is told");
    }
}
