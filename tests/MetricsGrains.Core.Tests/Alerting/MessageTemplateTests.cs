using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

public sealed class MessageTemplateTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain }} text { with } braces", "plain }} text { with } braces")]
    [InlineData("{{rule}}: {{statistic}} of {{metric}} is {{value}} {{unit}}, over {{threshold}} for {{window}}", "CPU is hot: avg of cpu is 97.25 %, over 90 for 5m")]
    [InlineData("{{ severity }}/{{status}} on {{tags.host}} ({{tags}}), absent: '{{tags.rack}}'", "warning/firing on a (env:prod, host:a), absent: ''")]
    [InlineData("{{link}} {{silence}} {{runbook}} {{owner}}", "https://mg/explore?metric=cpu https://mg/alerts/silences/new?matcher=alertname%3DCPU https://runbooks/cpu platform")]
    [InlineData("{{{{value}} is {{value}}", "{{value}} is 97.25")]
    [InlineData("""{"a":{"v":"{{value}}"}}""", """{"a":{"v":"97.25"}}""")]
    public void Render_KnownPlaceholders_ArePutIn(string text, string expected)
    {
        Assert.True(MessageTemplate.TryParse(text, out MessageTemplate? template, out string problem), problem);
        Assert.Equal(expected, template.Render(SomeRule.Notice(("host", "a"), ("env", "prod")), "https://mg"));
    }

    [Theory]
    [InlineData("{{valu}}", "there is no {{valu}} (character 1)")]
    [InlineData("ok {{value", "the {{ at character 4 is not closed")]
    [InlineData("{{}}", "there is no {{}}")]
    [InlineData("{{tags.}}", "there is no {{tags.}}")]
    public void TryParse_WhatMakesNoSense_IsRefusedWithItsPlace(string text, string problem)
    {
        Assert.False(MessageTemplate.TryParse(text, out MessageTemplate? template, out string said));
        Assert.Null(template);
        Assert.StartsWith(problem, said, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_TooLong_IsRefused() => Assert.False(MessageTemplate.TryParse(new string('x', MessageTemplate.MaxLength + 1), out _, out _));

    [Fact]
    public void Render_WithoutBaseUrlOrValue_LeavesLinksEmptyAndSaysNoData()
    {
        Assert.True(MessageTemplate.TryParse("{{value}}|{{link}}|{{silence}}", out MessageTemplate? template, out _));
        Assert.Equal("no data||", template.Render(SomeRule.Notice() with { Value = null }, ""));
    }

    [Fact]
    public void Render_DeadMan_SaysDurations()
    {
        Assert.True(MessageTemplate.TryParse("{{value}} of {{threshold}}", out MessageTemplate? template, out _));
        Assert.Equal("7m30s of 5m", template.Render(SomeRule.Notice() with { RuleType = AlertRuleType.DeadMan, Value = 450 }, ""));
        Assert.Equal("ever of 5m", template.Render(SomeRule.Notice() with { RuleType = AlertRuleType.DeadMan, Value = null }, ""));
    }

    [Fact]
    public void Render_WithEscape_EscapesOnlyWhatIsPutIn()
    {
        Assert.True(MessageTemplate.TryParse("\"{{tags.q}}\"", out MessageTemplate? template, out _));
        Assert.Equal("\"a\\\"b\"", template.Render(SomeRule.Notice(("q", "a\"b")), "", t => t.Replace("\"", "\\\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Render_HugeTags_IsCutOff()
    {
        Assert.True(MessageTemplate.TryParse(string.Concat(Enumerable.Repeat("{{tags.a}}", 20)), out MessageTemplate? template, out _));
        Assert.Equal(MessageTemplate.MaxRendered, template.Render(SomeRule.Notice(("a", new string('x', 1000))), "").Length);
    }

    [Theory]
    [InlineData(AlertStatus.Firing, "avg of cpu over 5m for host:a is 97.25 %, > 90 %.")]
    [InlineData(AlertStatus.NoData, "cpu for host:a sends no data; avg was 97.25 % last.")]
    [InlineData(AlertStatus.Resolved, "avg of cpu over 5m for host:a is 97.25 %, no longer > 90 %.")]
    public void Sentence_Threshold_SaysWhatIsTheMatter(AlertStatus status, string expected) =>
        Assert.Equal(expected, AlertSentence.Of(SomeRule.Notice(("host", "a")) with { Status = status }));

    [Fact]
    public void Sentence_DeadMan_SaysHowLong()
    {
        AlertNotice notice = SomeRule.Notice(("host", "a")) with { RuleType = AlertRuleType.DeadMan, Value = 3_661 };
        Assert.Equal("cpu for host:a has sent nothing for 1h1m1s; it is expected within 5m.", AlertSentence.Of(notice));
        Assert.Equal("cpu for host:a sends again.", AlertSentence.Of(notice with { Status = AlertStatus.Resolved }));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-1.23456, "-1.235")]
    [InlineData(0.052345, "0.05235")]
    [InlineData(12345678, "12345678")]
    [InlineData(1e20, "1E+20")]
    [InlineData(0.0000012, "1.2E-6")]
    public void Number_AnySize_IsShort(double value, string expected) => Assert.Equal(expected, AlertNumber.Format(value));
}
