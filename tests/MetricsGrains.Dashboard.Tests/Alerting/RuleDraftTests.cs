using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Dashboard.Alerting;

namespace MetricsGrains.Dashboard.Tests.Alerting;

public class RuleDraftTests
{
    private static readonly AlertRule s_full = Sample.Rule("Everything set", AlertSeverity.Critical) with
    {
        TagFilter = [new("env", TagMatch.Equal, "prod")],
        GroupBy = ["region", "service"],
        Condition = AlertCondition.Lte,
        Threshold = 0.125,
        RecoveryThreshold = 0.25,
        WindowMinutes = 90,
        For = TimeSpan.FromSeconds(150),
        KeepFiringFor = TimeSpan.FromMinutes(3),
        NoData = NoDataPolicy.Alert,
        NoDataAfter = TimeSpan.FromMinutes(20),
        Channels = ["ops", "second"],
        RepeatInterval = TimeSpan.FromHours(12),
        Inhibits = true,
        RunbookUrl = "https://wiki/runbook",
        Message = "{{value}} at {{tags}}",
        Owner = "web",
        Enabled = false,
        Version = 7,
        CreatedAtMs = 12,
    };

    [Fact]
    public void ToRule_OfARule_IsTheSameRuleInItsNextVersion()
    {
        AlertRule again = RuleDraft.Of(s_full).ToRule(s_full.Id, s_full, MetricKind.Distribution, out IReadOnlyList<FieldProblem> problems);
        Assert.Empty(problems);
        Assert.Empty(RuleDiff.Between(s_full, again));
        Assert.Equal((8, 12), (again.Version, again.CreatedAtMs));
    }

    [Theory]
    [InlineData("threshold", "abc")]
    [InlineData("threshold", "")]
    [InlineData("threshold", "NaN")]
    [InlineData("threshold", "Infinity")]
    [InlineData("recovery_threshold", "x")]
    [InlineData("window_minutes", "0")]
    [InlineData("window_minutes", "365d")]
    [InlineData("window_minutes", "90s")]
    [InlineData("window_minutes", "")]
    [InlineData("for", "soon")]
    [InlineData("keep_firing_for", "-5m")]
    [InlineData("no_data_after", "5 minutes")]
    [InlineData("repeat_interval", "1s")]
    [InlineData("message", "{{value")]
    [InlineData("runbook_url", "javascript:alert(1)")]
    [InlineData("name", " ")]
    public void ToRule_WhatIsWrong_IsNamedOnceByItsField(string field, string text)
    {
        RuleDraft draft = RuleDraft.Of(s_full);
        draft = field switch
        {
            "threshold" => draft with { Threshold = text, Recovery = "" },
            "recovery_threshold" => draft with { Recovery = text },
            "window_minutes" => draft with { Window = text },
            "for" => draft with { For = text },
            "keep_firing_for" => draft with { KeepFiringFor = text },
            "no_data_after" => draft with { NoDataAfter = text },
            "repeat_interval" => draft with { RepeatInterval = text },
            "message" => draft with { Message = text },
            "runbook_url" => draft with { RunbookUrl = text },
            _ => draft with { Name = text },
        };
        draft.ToRule(s_full.Id, s_full, MetricKind.Distribution, out IReadOnlyList<FieldProblem> problems);
        Assert.Equal(field, Assert.Single(problems, p => !p.Warning).Field);
    }

    [Theory]
    [InlineData("1.5k", 1500)]
    [InlineData("8Gi", 8589934592)]
    [InlineData("-2e3", -2000)]
    [InlineData(" 20M ", 20_000_000)]
    [InlineData("0.95", 0.95)]
    public void NumberText_WithSuffix_IsTheNumber(string text, double number)
    {
        Assert.True(NumberText.TryParse(text, out double parsed));
        Assert.Equal(number, parsed, 9);
    }

    [Fact]
    public void ToRule_DeadMan_NeedsNoThreshold()
    {
        AlertRule rule = new RuleDraft { Name = "Silent", Type = AlertRuleType.DeadMan, Metric = "job.ran", Window = "15m", Channels = ["ops"] }.ToRule(Guid.NewGuid(), null, null, out IReadOnlyList<FieldProblem> problems);
        Assert.Empty(problems);
        Assert.Equal((15, 1), (rule.WindowMinutes, rule.Version));
    }

    [Fact]
    public void ForMetric_AnotherMetric_ForgetsTagsAndStatistic()
    {
        RuleDraft draft = RuleDraft.Of(s_full).ForMetric("other");
        Assert.Empty(draft.Filters);
        Assert.Empty(draft.GroupBy);
        Assert.Equal(StatisticKind.Rate, draft.StatisticFor(MetricKind.Counter).Kind);
    }

    [Fact]
    public void Between_TwoVersions_NamesWhatChangedAndNothingElse()
    {
        AlertRule after = s_full with { Threshold = 0.5, GroupBy = ["region"], RecoveryThreshold = null, Version = 8, UpdatedBy = "ann", UpdatedAtMs = 99 };
        Assert.Equal(["group by region, service → region", "threshold 0.125 → 0.5", "recovery threshold 0.25 → none"], RuleDiff.Between(s_full, after).Select(d => d.ToString()));
    }

    [Fact]
    public async Task Templates_EachWithAMetric_CanBeSavedAsTheyAre()
    {
        var queries = new FakeQueries
        {
            Metrics =
            {
                ["disk.used_percent"] = MetricKind.Gauge, ["job.heartbeat"] = MetricKind.Counter, ["metricsgrains.series.active"] = MetricKind.Gauge,
                ["shop.errors"] = MetricKind.Counter, ["shop.latency"] = MetricKind.Distribution,
            },
        };
        foreach (RuleTemplate template in RuleTemplate.All)
        {
            RuleDraft draft = await template.FillAsync(queries, default);
            Assert.NotEqual("", draft.Metric);
            draft.ToRule(Guid.NewGuid(), null, queries.Metrics[draft.Metric], out IReadOnlyList<FieldProblem> problems);
            Assert.True(problems.All(p => p.Warning), $"{template.Id}: {string.Join("; ", problems)}");
        }
    }

    [Fact]
    public async Task Templates_NothingFits_LeaveTheMetricToChoose()
    {
        var queries = new FakeQueries { Metrics = { ["http.server.request.duration"] = MetricKind.Histogram, ["shop.latency"] = MetricKind.Gauge } };
        RuleDraft draft = await RuleTemplate.Find("latency-p99")!.FillAsync(queries, default);
        Assert.Equal("", draft.Metric);
    }
}
