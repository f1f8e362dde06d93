using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>All that can be said of a rule before it is saved: its own values, and how they fit what exists.</summary>
internal static class RuleChecks
{
    /// <param name="before">The stored version; null for a new rule.</param>
    public static async Task<IReadOnlyList<FieldProblem>> CheckAsync(AlertRule rule, AlertRule? before, ChannelNames channels, AlertingServices services, CancellationToken cancel)
    {
        List<FieldProblem> problems = [.. AlertRuleValidation.Check(rule), .. channels.WarningsOf(rule)];
        if (problems.All(p => p.Field is not ("metric_name" or "statistic") || p.Warning) && await MetricProblemAsync(rule, before, services, cancel) is { } problem)
        {
            problems.Add(problem);
        }
        return problems;
    }

    private static async Task<FieldProblem?> MetricProblemAsync(AlertRule rule, AlertRule? before, AlertingServices services, CancellationToken cancel)
    {
        MetricKind kind;
        try
        {
            kind = (await services.Metrics.DescribeAsync(rule.MetricName, cancel)).Kind;
        }
        catch (UnknownMetricException)
        {
            return new FieldProblem("metric_name", $"no metric named '{rule.MetricName}' has been received yet; the rule watches once there is one", Warning: true);
        }
        catch (StoreUnavailableException)
        {
            // The rule is as good as it was: that its metric can't be looked up must not keep anybody from editing it.
            return null;
        }
        if (rule.Type == AlertRuleType.DeadMan || StatisticRules.Has(kind, rule.Statistic.Kind))
        {
            return null;
        }
        // A rule that is there already may become wrong by its metric; then it must still be possible to disable it.
        bool same = before is not null && before.MetricName == rule.MetricName && before.Statistic == rule.Statistic;
        return new FieldProblem("statistic", $"'{rule.Statistic}' can't be made of '{rule.MetricName}', a {MetricKinds.NameOf(kind)}; choose one of: {string.Join(", ", StatisticRules.Fitting(kind))}", Warning: same);
    }
}
