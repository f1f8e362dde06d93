using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Alerting;

public sealed class AlertRuleValidationTests
{
    public static TheoryData<string, Func<AlertRule, AlertRule>> Mistakes() => new()
    {
        { "name", r => r with { Name = " " } },
        { "name", r => r with { Name = "a\nb" } },
        { "name", r => r with { Name = new string('x', 201) } },
        { "metric_name", r => r with { MetricName = "" } },
        { "metric_name", r => r with { MetricName = new string('ü', 128) } },
        { "type", r => r with { Type = (AlertRuleType)9 } },
        { "tag_filter", r => r with { TagFilter = [new TagFilter("", TagMatch.Equal, "x")] } },
        { "tag_filter", r => r with { TagFilter = [.. Enumerable.Repeat(new TagFilter("a", TagMatch.Equal, "x"), 65)] } },
        { "group_by", r => r with { GroupBy = ["a", "a"] } },
        { "group_by", r => r with { GroupBy = [""] } },
        { "statistic", r => r with { Statistic = new Statistic(StatisticKind.Percentile, double.NaN) } },
        { "statistic", r => r with { Statistic = new Statistic((StatisticKind)99) } },
        { "condition", r => r with { Condition = 0 } },
        { "threshold", r => r with { Threshold = double.NaN } },
        { "threshold", r => r with { Threshold = double.PositiveInfinity } },
        { "recovery_threshold", r => r with { RecoveryThreshold = double.NaN } },
        { "recovery_threshold", r => r with { RecoveryThreshold = 91 } },
        { "recovery_threshold", r => r with { Condition = AlertCondition.Lt, RecoveryThreshold = 89 } },
        { "recovery_threshold", r => r with { Condition = AlertCondition.Eq, RecoveryThreshold = 90 } },
        { "window_minutes", r => r with { WindowMinutes = 0 } },
        { "window_minutes", r => r with { WindowMinutes = 525_600 } },
        { "for", r => r with { For = TimeSpan.FromSeconds(-1) } },
        { "for", r => r with { For = TimeSpan.FromMilliseconds(1_500) } },
        { "keep_firing_for", r => r with { KeepFiringFor = TimeSpan.FromDays(8) } },
        { "no_data", r => r with { NoData = 0 } },
        { "no_data_after", r => r with { NoDataAfter = TimeSpan.FromDays(8) } },
        { "severity", r => r with { Severity = (AlertSeverity)4 } },
        { "channels", r => r with { Channels = ["ops", "OPS"] } },
        { "channels", r => r with { Channels = [""] } },
        { "repeat_interval", r => r with { RepeatInterval = TimeSpan.FromSeconds(10) } },
        { "runbook_url", r => r with { RunbookUrl = "javascript:alert(1)" } },
        { "runbook_url", r => r with { RunbookUrl = "runbooks/cpu" } },
        { "message", r => r with { Message = "{{nope}}" } },
        { "owner", r => r with { Owner = new string('x', 201) } },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Check_OneMistake_NamesItsField(string field, Func<AlertRule, AlertRule> mistake)
    {
        FieldProblem problem = Assert.Single(AlertRuleValidation.Check(mistake(SomeRule.Threshold())));
        Assert.Equal((field, false), (problem.Field, problem.Warning));
        Assert.NotEmpty(problem.Message);
    }

    [Fact]
    public void Check_SoundRules_HaveNoProblems()
    {
        Assert.Empty(AlertRuleValidation.Check(SomeRule.Threshold() with { RecoveryThreshold = 80, Message = "{{value}}", RepeatInterval = TimeSpan.Zero, RunbookUrl = "https://x/y" }));
        Assert.Empty(AlertRuleValidation.Check(SomeRule.Threshold() with { Condition = AlertCondition.Lte, RecoveryThreshold = 95, WindowMinutes = 1_440 }));
        // A dead-man's switch has no condition, so nothing of it is asked.
        Assert.Empty(AlertRuleValidation.Check(SomeRule.DeadMan() with { Threshold = double.NaN, RecoveryThreshold = 500 }));
    }

    [Fact]
    public void Check_NoChannels_Warns() => Assert.True(Assert.Single(AlertRuleValidation.Check(SomeRule.Threshold() with { Channels = [] })) is { Field: "channels", Warning: true });

    [Fact]
    public void Check_SeveralMistakes_NamesThemAll() => Assert.Equal(
        ["name", "threshold", "window_minutes"],
        AlertRuleValidation.Check(SomeRule.Threshold() with { Name = "", Threshold = double.NaN, WindowMinutes = -1 }).Select(p => p.Field));
}
