using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Dashboard.Overview;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>A rule to begin with. Its metric is guessed from what there is.</summary>
/// <param name="Id">Part of an address.</param>
/// <param name="Hint">What it is for.</param>
/// <param name="Words">Parts of names of metrics that it may be meant for, the likeliest first.</param>
/// <param name="Fits">Which of those can have its statistic.</param>
public sealed record RuleTemplate(string Id, string Title, string Hint, IReadOnlyList<string> Words, Func<MetricInfo, bool> Fits, RuleDraft Draft)
{
    private const int Candidates = 100;

    public static readonly IReadOnlyList<RuleTemplate> All =
    [
        new("error-rate", "Error rate", "Errors a second, over a threshold", ["errors", "error", "failed", "failures"], m => StatisticRules.Has(m.Kind, StatisticKind.Rate), new RuleDraft
        {
            Name = "Error rate", Statistic = new Statistic(StatisticKind.Rate), Threshold = "1", Recovery = "0.5", Window = "5m", For = "2m",
            Severity = AlertSeverity.Critical, Message = "{{metric}} {{tags}} at {{value}}/s, over {{threshold}}/s",
        }),
        new("latency-p99", "Latency p99", "The slowest one in a hundred takes too long", ["latency", "duration", "response_time"], m => MetricKinds.HasSketch(m.Kind), new RuleDraft
        {
            Name = "Latency p99", Statistic = new Statistic(StatisticKind.Percentile, 0.99), Threshold = "500", Recovery = "400", Window = "5m", For = "5m", KeepFiringFor = "2m",
            Message = "p99 of {{metric}} {{tags}} is {{value}} {{unit}}",
        }),
        new("silence", "Silence of a job", "A job, host or device that stops reporting", ["heartbeat", "last_run", "job", "cron", "backup"], _ => true, new RuleDraft
        {
            Name = "Job is silent", Type = AlertRuleType.DeadMan, Window = "15m", Severity = AlertSeverity.Critical, Message = "{{metric}} {{tags}} has been silent for {{value}}",
        }),
        new("disk", "Disk filling", "Disk use in per cent, per host", ["disk.used_percent", "disk.used", "disk", "filesystem"], m => StatisticRules.Has(m.Kind, StatisticKind.Last), new RuleDraft
        {
            Name = "Disk is filling", Statistic = new Statistic(StatisticKind.Last), Condition = AlertCondition.Gte, Threshold = "85", Recovery = "80", Window = "5m", For = "10m",
            NoData = NoDataPolicy.Alert, NoDataAfter = "15m", Message = "Disk at {{value}} % {{tags}}",
        }),
        new("cardinality", "Cardinality near its limit", "Series in memory, before new ones are refused", ["metricsgrains.series.active"], _ => true, new RuleDraft
        {
            Name = "Cardinality near its limit", Metric = "metricsgrains.series.active", Statistic = new Statistic(StatisticKind.Last), Condition = AlertCondition.Gte, Threshold = "8000", Window = "5m",
            Message = "{{value}} series in memory. A metric's limit is 10,000 unless set otherwise; find the tag that grows.",
        }),
    ];

    /// <summary>Null: no template of that id.</summary>
    public static RuleTemplate? Find(string? id) => All.FirstOrDefault(t => t.Id == id);

    /// <summary>The draft, with the metric it is likeliest meant for; without one when nothing fits.</summary>
    public async Task<RuleDraft> FillAsync(IMetricQueries queries, CancellationToken cancel)
    {
        foreach (string word in Words)
        {
            Page<MetricInfo> page = await queries.ListMetricsAsync(word, null, Candidates, cancel);
            // The node's own metrics only where a template names one.
            if (page.Items.FirstOrDefault(m => Fits(m) && (m.Name == Draft.Metric || !OwnMetrics.IsOwn(m.Name))) is { } found)
            {
                return Draft with { Metric = found.Name };
            }
        }
        return Draft;
    }
}
