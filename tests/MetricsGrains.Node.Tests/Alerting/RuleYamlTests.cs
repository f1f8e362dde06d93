using System.Text.Json;

namespace MetricsGrains.Node.Tests.Alerting;

/// <summary>Rules as YAML: out of one node and into another.</summary>
public sealed class RuleYamlTests(AlertApiFixture fixture) : IClassFixture<AlertApiFixture>
{
    private const string Import = AlertApi.Rules + "/import";

    private readonly AlertApi _api = fixture.Api;

    [Fact]
    public async Task Export_ImportedIntoAnEmptyNode_ExportsTheSameBytes()
    {
        await _api.MakeChannelAsync("yaml channel", "http://127.0.0.1:9/hush-hush");
        await _api.MakeRuleAsync("Plain", ("channels", new[] { "yaml channel" }));
        await _api.MakeRuleAsync("true", ("metric_name", "null"), ("owner", "yes"), ("message", "line one\nline two: {{value}} # no comment\n\ttab \"quoted\" 'single' \\ é 🔥 \u0085 {{{{"), ("threshold", 1e21), ("enabled", false));
        await _api.MakeRuleAsync("- dash: colon", ("metric_name", "0123"), ("tag_filter", new { env = new object[] { "a", new { not = "b" }, new { glob = "*" } }, odd = "1.0" }), ("threshold", -0.1), ("recovery_threshold", -0.2), ("group_by", new[] { "on", "5" }));
        await _api.MakeRuleAsync("Job is silent", ("type", "dead_man"), ("window_minutes", 1440), ("threshold", null), ("for", "1d"), ("no_data", "ok"), ("severity", "info"), ("inhibits", true), ("runbook_url", "https://x/#y"));
        ApiReply export = (await _api.GetAsync(AlertApi.Rules + "/export")).Expect(200);
        Assert.DoesNotContain("hush", export.Text, StringComparison.Ordinal);

        // Other tests of this class have made some too.
        int rules = (await _api.GetAsync(AlertApi.Rules + "?limit=1000")).Names.Count;

        using var data = new DataFolder();
        await using NodeProcess empty = await NodeProcess.StartAsync(data.Path);
        var other = new AlertApi(empty);
        ApiReply tried = (await other.SendAsync("POST", Import + "?dry_run=true", export.Text)).Expect(200);
        Assert.Equal((rules, true), (tried.Data.GetProperty("created").GetArrayLength(), tried.Data.GetProperty("dry_run").GetBoolean()));
        Assert.Empty((await other.GetAsync(AlertApi.Rules)).Names);
        (await other.SendAsync("POST", Import, export.Text)).Expect(200);
        Assert.Equal(export.Text, (await other.GetAsync(AlertApi.Rules + "/export")).Text);
        // Once more it changes nothing, and makes no versions.
        Assert.Equal(rules, (await other.SendAsync("POST", Import, export.Text)).Expect(200).Data.GetProperty("unchanged").GetInt32());
    }

    [Fact]
    public async Task Import_WithOneBadRule_NamesItWithItsLineAndTakesNone()
    {
        await _api.MakeRuleAsync("Was there before");
        ApiReply refused = (await _api.SendAsync("POST", Import, """
            version: 1
            rules:
              - name: Good one
                metric_name: a
                threshold: 1
              - name: Bad one
                metric_name: b
                threshold: 1
                window_minutes: 0
              - name: Good too
                metric_name: c
                threshold: 1
            """)).Expect(400);
        Assert.Equal(["rules[1].window_minutes"], refused.ProblemFields);
        Assert.Contains("'Bad one', line 9: ", refused.Error, StringComparison.Ordinal);
        Assert.Empty((await _api.GetAsync(AlertApi.Rules + "?match=good")).Names);
        Assert.Equal(["Was there before"], (await _api.GetAsync(AlertApi.Rules + "?match=was+there")).Names);
    }

    [Fact]
    public async Task Import_OfAChangedRule_SaysWhatChangesAndLeavesTheOthers()
    {
        await _api.MakeRuleAsync("Changed by import");
        await _api.MakeRuleAsync("Not in the file");
        const string file = "rules:\n- {name: Changed by import, metric_name: Changed by import, statistic: last, threshold: 99}\n";
        JsonElement answer = (await _api.SendAsync("POST", Import + "?dry_run=true&by=ann", file)).Expect(200).Data;
        Assert.Equal("threshold 10 → 99", answer.GetProperty("updated")[0].GetProperty("changes").GetString());
        (await _api.SendAsync("POST", Import + "?by=ann", file)).Expect(200);
        Assert.Equal(["Not in the file"], (await _api.GetAsync(AlertApi.Rules + "?match=not+in+the")).Names);
        Assert.Equal("ann", (await _api.EventsAsync("rule=Changed+by+import&kind=rule_edited"))[0].GetProperty("by").GetString());
    }

    [Theory]
    [InlineData("", "rules")]
    [InlineData("rules: 5", "rules")]
    [InlineData("rules:\n- name: [", "body")]
    [InlineData("rules: []\nruels: []", "ruels")]
    [InlineData("version: 2\nrules: []", "version")]
    [InlineData("rules:\n- &a {name: x, metric_name: y, threshold: 1}\n- *a", "body")]
    [InlineData("rules:\n- {name: x, name: y}", "body")]
    [InlineData("rules: []\n---\nrules: []", "body")]
    [InlineData("rules:\n- {name: x, metric_name: y, threshold: .nan}", "rules[0].threshold")]
    [InlineData("rules:\n- {name: x, metric_name: y, threshold: 1}\n- {name: X, metric_name: z, threshold: 1}", "rules[1].name")]
    [InlineData("rules:\n- {name: x, metric_name: y, treshold: 1}", "rules[0].threshold")]
    [InlineData("rules:\n- 5", "rules[0]")]
    [InlineData("rules: [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]", "body")]
    public async Task Import_OfABadFile_Is400AndSaysWhatIsWrong(string file, string field) => Assert.Contains(field, (await _api.SendAsync("POST", Import, file)).Expect(400).ProblemFields);
}
