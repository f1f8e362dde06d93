namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>What a rule may not be: the answer names the field, and nothing is saved.</summary>
public sealed class RuleFieldTests(AlertApiFixture fixture) : IClassFixture<AlertApiFixture>
{
    private readonly AlertApi _api = fixture.Api;

    public static TheoryData<string, string> Wrong => new()
    {
        { "name", "\"\"" }, { "name", "\"a\\nb\"" }, { "name", "5" }, { "type", "\"deadman\"" }, { "metric_name", "\"\"" }, { "metric_name", "null" },
        { "tag_filter", "\"env:prod\"" }, { "tag_filter", """{"env":{"like":"x"}}""" }, { "tag_filter", """{"":"x"}""" }, { "tag_filter", """{"env":5}""" },
        { "group_by", "\"host\"" }, { "group_by", """["host","host"]""" }, { "group_by", """[""]""" },
        { "statistic", "\"average\"" }, { "statistic", "\"p101\"" }, { "statistic", "\"p-1\"" }, { "statistic", "7" },
        { "condition", "\">\"" }, { "condition", "\"above\"" },
        { "threshold", "\"NaN\"" }, { "threshold", "\"Infinity\"" }, { "threshold", "null" }, { "threshold", "\"10\"" }, { "threshold", "1e999" },
        { "recovery_threshold", "11" }, { "recovery_threshold", "\"NaN\"" }, { "recovery_threshold", "1e999" },
        { "window_minutes", "0" }, { "window_minutes", "-5" }, { "window_minutes", "525600" }, { "window_minutes", "1.5" }, { "window_minutes", "\"5m\"" },
        { "for", "\"soon\"" }, { "for", "\"-5m\"" }, { "for", "\"8d\"" }, { "for", "1.5" }, { "keep_firing_for", "\"8d\"" }, { "no_data_after", "\"8d\"" },
        { "no_data", "\"page\"" }, { "severity", "\"urgent\"" },
        { "channels", "\"ops\"" }, { "channels", """["ops","OPS"]""" }, { "channels", """[" "]""" },
        { "repeat_interval", "\"5s\"" }, { "repeat_interval", "\"60d\"" }, { "inhibits", "\"yes\"" },
        { "runbook_url", "\"javascript:alert(1)\"" }, { "runbook_url", "\"wiki/x\"" },
        { "message", "\"{{valu}}\"" }, { "message", "\"{{value\"" }, { "message", "\"{{tags.}}\"" },
        { "enabled", "1" }, { "id", "\"one\"" }, { "by", "\"a\\nb\"" }, { "treshold", "5" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Rule_WithAWrongField_Is400AndNamesIt(string field, string json)
    {
        Dictionary<string, object?> rule = AlertApi.Rule("Wrong", (field, System.Text.Json.Nodes.JsonNode.Parse(json)));
        ApiReply refused = (await _api.SendAsync("POST", AlertApi.Rules, rule)).Expect(400);
        Assert.Equal([field], refused.ProblemFields);
        Assert.Equal(field, refused.Body.GetProperty("parameter").GetString());
        Assert.StartsWith(field + ": ", refused.Error, StringComparison.Ordinal);
        Assert.Empty((await _api.GetAsync(AlertApi.Rules + "?match=Wrong")).Names);
        if (field is not ("id" or "by" or "name"))
        {
            // The preview refuses what saving refuses, in the same words.
            Assert.Equal(refused.ProblemFields, (await _api.SendAsync("POST", AlertApi.Rules + "/preview", rule)).Expect(400).ProblemFields);
        }
    }

    [Theory]
    [InlineData("{\"name\":\"x\",", "body")]
    [InlineData("[]", "body")]
    [InlineData("{\"threshold\":NaN}", "body")]
    [InlineData("{\"name\":\"x\",\"name\":\"y\"}", "body")]
    public async Task Body_ThatIsNoJsonObject_Is400(string body, string field) => Assert.Equal([field], (await _api.SendAsync("POST", AlertApi.Rules, body)).Expect(400).ProblemFields.Distinct().Take(1));

    [Fact]
    public async Task Rule_WithManyMistakes_NamesThemAllAndHintsAtWhatWasMeant()
    {
        ApiReply refused = (await _api.SendAsync("POST", AlertApi.Rules, """{"nme":"x","condition":"gtt","threshold":"NaN","window_minutes":0}""")).Expect(400);
        Assert.Equal(["condition", "metric_name", "name", "nme", "threshold", "window_minutes"], refused.ProblemFields.Order());
        Assert.Contains("name", refused.Body.GetProperty("problems").EnumerateArray().Single(p => p.GetProperty("field").GetString() == "nme").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rule_OfAMetricAndAChannelThatAreNotThereYet_IsSavedAndSaysSo()
    {
        ApiReply made = await _api.MakeRuleAsync("Nothing there", ("channels", new[] { "nobody" }));
        Assert.Equal(["channels", "metric_name"], made.WarningFields.Order());
    }

    [Fact]
    public async Task Rule_OfAStatisticThatItsMetricHasNot_IsRefused()
    {
        await _api.GaugeAsync("only.gauge", 1);
        await Eventually.TrueAsync(async () => (await _api.GetAsync("/api/v1/metrics?match=only.gauge")).Data.GetArrayLength() > 0, "the metric is there");
        Assert.Equal(["statistic"], (await _api.SendAsync("POST", AlertApi.Rules, AlertApi.Rule("No rate", ("metric_name", "only.gauge"), ("statistic", "p99")))).Expect(400).ProblemFields);
    }
}
