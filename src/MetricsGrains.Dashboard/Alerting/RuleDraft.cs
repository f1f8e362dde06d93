using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Dashboard.Exploring;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>A rule as it stands in the editor: what is typed is kept as typed, right or not.</summary>
public sealed record RuleDraft
{
    public string Name { get; init; } = "";

    public AlertRuleType Type { get; init; } = AlertRuleType.Threshold;

    public string Metric { get; init; } = "";

    public IReadOnlyList<TagFilter> Filters { get; init; } = [];

    public IReadOnlyList<string> GroupBy { get; init; } = [];

    /// <summary>Null: what fits the metric's kind.</summary>
    public Statistic? Statistic { get; init; }

    public AlertCondition Condition { get; init; } = AlertCondition.Gt;

    public string Threshold { get; init; } = "";

    /// <summary>Empty: none.</summary>
    public string Recovery { get; init; } = "";

    public string Window { get; init; } = "5m";

    public string For { get; init; } = "0s";

    public string KeepFiringFor { get; init; } = "0s";

    public NoDataPolicy NoData { get; init; } = NoDataPolicy.KeepLast;

    public string NoDataAfter { get; init; } = "5m";

    public AlertSeverity Severity { get; init; } = AlertSeverity.Warning;

    /// <summary>Ids or names.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];

    public string RepeatInterval { get; init; } = "4h";

    public bool Inhibits { get; init; }

    public string RunbookUrl { get; init; } = "";

    public string Message { get; init; } = "";

    public string Owner { get; init; } = "";

    public bool Enabled { get; init; } = true;

    public static RuleDraft Of(AlertRule rule) => new()
    {
        Name = rule.Name,
        Type = rule.Type,
        Metric = rule.MetricName,
        Filters = rule.TagFilter,
        GroupBy = rule.GroupBy,
        Statistic = rule.Statistic,
        Condition = rule.Condition,
        Threshold = rule.Type == AlertRuleType.DeadMan ? "" : NumberText.Format(rule.Threshold),
        Recovery = rule.RecoveryThreshold is { } recovery ? NumberText.Format(recovery) : "",
        Window = AlertDuration.Format(rule.Window),
        For = AlertDuration.Format(rule.For),
        KeepFiringFor = AlertDuration.Format(rule.KeepFiringFor),
        NoData = rule.NoData,
        NoDataAfter = AlertDuration.Format(rule.NoDataAfter),
        Severity = rule.Severity,
        Channels = rule.Channels,
        RepeatInterval = AlertDuration.Format(rule.RepeatInterval),
        Inhibits = rule.Inhibits,
        RunbookUrl = rule.RunbookUrl,
        Message = rule.Message,
        Owner = rule.Owner,
        Enabled = rule.Enabled,
    };

    /// <summary>Another metric has other tags and other statistics.</summary>
    public RuleDraft ForMetric(string metric) => metric == Metric ? this : this with { Metric = metric, Filters = [], GroupBy = [], Statistic = null };

    /// <summary>The rule that it says. What can't be read keeps its default there and is named among the problems, with all that <see cref="AlertRuleValidation"/> finds.</summary>
    /// <param name="before">The version it was made of; null for a new rule.</param>
    /// <param name="kind">The metric's; null while it is not known.</param>
    public AlertRule ToRule(Guid id, AlertRule? before, MetricKind? kind, out IReadOnlyList<FieldProblem> problems)
    {
        var reader = new DraftReader();
        bool deadMan = Type == AlertRuleType.DeadMan;
        var rule = new AlertRule
        {
            Id = id,
            Name = Name.Trim(),
            Type = Type,
            MetricName = Metric.Trim(),
            TagFilter = Filters,
            GroupBy = GroupBy,
            Statistic = StatisticFor(kind),
            Condition = Condition,
            Threshold = deadMan ? 0 : reader.Number("threshold", Threshold) ?? 0,
            RecoveryThreshold = deadMan || Recovery.Trim().Length == 0 ? null : reader.Number("recovery_threshold", Recovery),
            WindowMinutes = reader.Minutes("window_minutes", Window, 5),
            For = deadMan ? TimeSpan.Zero : reader.Duration("for", For),
            KeepFiringFor = reader.Duration("keep_firing_for", KeepFiringFor),
            NoData = NoData,
            NoDataAfter = deadMan ? TimeSpan.FromMinutes(5) : reader.Duration("no_data_after", NoDataAfter),
            Severity = Severity,
            Channels = Channels,
            RepeatInterval = reader.Duration("repeat_interval", RepeatInterval),
            Inhibits = Inhibits,
            RunbookUrl = RunbookUrl.Trim(),
            Message = Message,
            Owner = Owner.Trim(),
            Enabled = Enabled,
            Version = before is null ? 1 : before.Version + 1,
            CreatedAtMs = before?.CreatedAtMs ?? 0,
        };
        // One thing wrong with a field is enough to say: what could not be read has no value to be judged.
        problems = [.. reader.Problems, .. AlertRuleValidation.Check(rule).Where(p => reader.Problems.All(r => r.Field != p.Field))];
        return rule;
    }

    public Statistic StatisticFor(MetricKind? kind) => Statistic ?? (kind is { } known ? FittingStatistics.Default(known) : new Statistic(StatisticKind.Avg));
}
