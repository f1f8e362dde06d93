using System.Text.Json;

namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>Channels over HTTP, and their secrets, which go in and never come out.</summary>
public sealed class ChannelApiTests(AlertApiFixture fixture) : IClassFixture<AlertApiFixture>
{
    private const string Secret = "xoxb-hush-hush-hush";

    private readonly AlertApi _api = fixture.Api;

    private static object Bot(string name, int version = 1) => new { name, type = "slack", version, settings = new { bot_token = Secret, channel = "#alerts" } };

    [Fact]
    public async Task Channel_IsMadeReadEditedAndDeletedByVersion()
    {
        ApiReply made = (await _api.SendAsync("POST", AlertApi.Channels, new { name = "mail", type = "email", settings = new { smtp_host = "mail.example.com", smtp_port = 25, security = "none", from = "a@example.com", to = "b@example.com" }, rate_per_minute = 5, grouping = "instance" })).Expect(201);
        string path = $"{AlertApi.Channels}/{made.Id}";
        Assert.Equal((path, "\"1\"", "25", 5, "instance"), (made.Location, made.ETag, made.Data.GetProperty("settings").GetProperty("smtp_port").GetString(), made.Data.GetProperty("rate_per_minute").GetInt32(), made.Data.GetProperty("grouping").GetString()));
        (await _api.SendAsync("PUT", path, made.Data.GetRawText().Replace("\"version\":1", "\"version\":9", StringComparison.Ordinal))).Expect(412);
        (await _api.SendAsync("PUT", path, new { name = "post", type = "email" })).Expect(428);
        (await _api.SendAsync("PATCH", path, new { name = "post" }, "If-Match: \"1\"")).Expect(200);
        Assert.Equal(("post", "\"2\""), ((await _api.GetAsync(path)).Data.GetProperty("name").GetString(), (await _api.GetAsync(path)).ETag));
        Assert.Contains("post", (await _api.GetAsync(AlertApi.Channels)).Names);
        (await _api.SendAsync("DELETE", path, null, "If-Match: \"1\"")).Expect(412);
        (await _api.SendAsync("DELETE", path, null, "If-Match: \"2\"")).Expect(200);
        (await _api.GetAsync(path)).Expect(404);
    }

    [Fact]
    public async Task Secret_OnceSaved_IsInNoAnswerNoExportNoHistoryAndNoLog()
    {
        ApiReply made = (await _api.SendAsync("POST", AlertApi.Channels, Bot("secretive"))).Expect(201);
        await _api.MakeRuleAsync("Tells the secretive", ("channels", new[] { "secretive" }));
        ApiReply[] answers =
        [
            made,
            await _api.GetAsync($"{AlertApi.Channels}/{made.Id}"),
            await _api.GetAsync(AlertApi.Channels),
            await _api.GetAsync(AlertApi.Rules + "/export"),
            await _api.SendAsync("PATCH", $"{AlertApi.Channels}/{made.Id}", new { secrets = new { bot_token = Secret + "-2" } }),
            await _api.SendAsync("PUT", $"{AlertApi.Channels}/{made.Id}", Bot("secretive")),
            await _api.SendAsync("PATCH", $"{AlertApi.Channels}/{made.Id}", new { settings = new { api_url = "https://127.0.0.1:1/x" } }),
            await _api.GetAsync("/api/v1/alert-events?channel=secretive"),
            await _api.SendAsync("POST", AlertApi.Channels, Bot("secretive")),
        ];
        Assert.All(answers, a => Assert.DoesNotContain("hush", a.Text, StringComparison.Ordinal));
        Assert.DoesNotContain("hush", fixture.Node.Output, StringComparison.Ordinal);
        Assert.Equal("[\"bot_token\"]", answers[1].Data.GetProperty("secrets_set").GetRawText());
    }

    [Fact]
    public async Task Secret_NotGivenAgain_StaysAndNullTakesItAway()
    {
        ApiReply made = (await _api.SendAsync("POST", AlertApi.Channels, new { name = "signed", type = "webhook", secrets = new { url = "http://127.0.0.1:9/x", hmac_secret = "hush-hush" } })).Expect(201);
        string path = $"{AlertApi.Channels}/{made.Id}";
        ApiReply put = (await _api.SendAsync("PUT", path, new { name = "signed", type = "webhook", group_wait = "1s", version = 1 })).Expect(200);
        Assert.Equal(["hmac_secret", "url"], put.Data.GetProperty("secrets_set").EnumerateArray().Select(s => s.GetString()).Order());
        put = (await _api.SendAsync("PATCH", path, """{"secrets":{"hmac_secret":null,"url":""}}""")).Expect(200);
        Assert.Equal(["url"], put.Data.GetProperty("secrets_set").EnumerateArray().Select(s => s.GetString()));
    }

    [Theory]
    [InlineData("""{"type":"webhook","secrets":{"url":"http://127.0.0.1:9/"}}""", "name")]
    [InlineData("""{"name":"w"}""", "type")]
    [InlineData("""{"name":"w","type":"carrier-pigeon"}""", "type")]
    [InlineData("""{"name":"w","type":"webhook"}""", "url")]
    [InlineData("""{"name":"w","type":"webhook","secrets":{"url":"ftp://host/x"}}""", "url")]
    [InlineData("""{"name":"w","type":"webhook","secrets":{"url":"http://127.0.0.1:9/"},"settings":{"template":"{{valu}}"}}""", "template")]
    [InlineData("""{"name":"w","type":"webhook","secrets":{"url":"http://127.0.0.1:9/","headers":"no colon"}}""", "headers")]
    [InlineData("""{"name":"w","type":"webhook","secrets":{"ulr":"http://127.0.0.1:9/","url":"http://127.0.0.1:9/"}}""", "secrets.ulr")]
    [InlineData("""{"name":"w","type":"webhook","secrets":{"url":["x"]}}""", "secrets.url")]
    [InlineData("""{"name":"w","type":"webhook","secrets":{"url":"http://127.0.0.1:9/"},"group_wait":"2d"}""", "group_wait")]
    [InlineData("""{"name":"w","type":"webhook","secrets":{"url":"http://127.0.0.1:9/"},"group_interval":"x"}""", "group_interval")]
    [InlineData("""{"name":"w","type":"webhook","secrets":{"url":"http://127.0.0.1:9/"},"rate_per_minute":0}""", "rate_per_minute")]
    [InlineData("""{"name":"w","type":"webhook","secrets":{"url":"http://127.0.0.1:9/"},"fallback":"nobody"}""", "fallback")]
    [InlineData("""{"name":"w","type":"webhook","secrets":{"url":"http://127.0.0.1:9/"},"grouping":"all"}""", "grouping")]
    [InlineData("""{"name":"w","type":"slack"}""", "webhook_url")]
    [InlineData("""{"name":"w","type":"slack","settings":{"bot_token":"xoxb-1"}}""", "channel")]
    [InlineData("""{"name":"w","type":"pagerduty"}""", "routing_key")]
    [InlineData("""{"name":"w","type":"email","settings":{"smtp_host":"h","from":"nobody","to":"b@example.com"}}""", "from")]
    [InlineData("""{"name":"w","type":"email","settings":{"smtp_host":"h","from":"a@example.com","to":"b@example.com","security":"maybe"}}""", "security")]
    [InlineData("""{"name":"w","type":"email","settings":{"smtp_host":"h","from":"a@example.com","to":"b@example.com","smtp_port":70000}}""", "smtp_port")]
    public async Task Channel_WithAWrongField_Is400AndNamesIt(string body, string field)
    {
        Assert.Contains(field, (await _api.SendAsync("POST", AlertApi.Channels, body)).Expect(400).ProblemFields);
        Assert.DoesNotContain("w", (await _api.GetAsync(AlertApi.Channels)).Names);
    }

    [Fact]
    public async Task Types_NameEveryFieldAndWhichAreSecret()
    {
        JsonElement[] types = [.. (await _api.GetAsync("/api/v1/channel-types")).Expect(200).Data.EnumerateArray()];
        Assert.Equal(["slack", "pagerduty", "email", "webhook"], types.Select(t => t.GetProperty("type").GetString()));
        string[] secrets = [.. types.SelectMany(t => t.GetProperty("fields").EnumerateArray()).Where(f => f.GetProperty("secret").GetBoolean()).Select(f => f.GetProperty("name").GetString()!)];
        Assert.Equal(["bot_token", "headers", "hmac_secret", "password", "routing_key", "url", "webhook_url"], secrets.Order());
    }

    [Fact]
    public async Task Delete_OfAChannelThatRulesTell_IsRefusedAndNamesThem()
    {
        ApiReply made = await _api.MakeChannelAsync("in use", "http://127.0.0.1:9/x");
        await _api.MakeRuleAsync("Uses it", ("channels", new[] { "IN USE" }));
        Assert.Contains("Uses it", (await _api.SendAsync("DELETE", $"{AlertApi.Channels}/{made.Id}")).Expect(409).Error, StringComparison.Ordinal);
        (await _api.SendAsync("DELETE", $"{AlertApi.Channels}/{made.Id}?force=true")).Expect(200);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/x")]
    [InlineData("http://10.1.2.3/x")]
    [InlineData("http://192.168.0.1/x")]
    [InlineData("http://172.16.0.1/x")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://100.64.0.1/x")]
    [InlineData("http://[::1]/x")]
    [InlineData("http://[fd00::1]/x")]
    [InlineData("http://[fe80::1]/x")]
    [InlineData("http://[::ffff:10.0.0.1]/x")]
    [InlineData("http://2130706433/x")]
    [InlineData("http://0.0.0.0/x")]
    [InlineData("http://localhost:9/x")]
    public async Task Address_InAPrivateNetwork_IsRefusedUnlessAllowed(string url)
    {
        AlertApi guarded = new((await PrivateNode.SharedAsync()).Node);
        object webhook = new { name = "inside " + url, type = "webhook", secrets = new { url } };
        ApiReply refused = await guarded.SendAsync("POST", AlertApi.Channels, webhook);
        if (refused.Status == 201)
        {
            // What a name leads to is only known when it is sent to: then at the latest it is refused.
            JsonElement test = (await guarded.SendAsync("POST", $"{AlertApi.Channels}/{refused.Id}/test")).Expect(200).Data;
            Assert.False(test.GetProperty("delivered").GetBoolean());
            Assert.Contains("private", test.GetProperty("answer").GetString(), StringComparison.OrdinalIgnoreCase);
        }
        else
        {
            Assert.Equal(["url"], refused.Expect(400).ProblemFields);
        }
        (await _api.SendAsync("POST", AlertApi.Channels, webhook)).Expect(201);
    }
}
