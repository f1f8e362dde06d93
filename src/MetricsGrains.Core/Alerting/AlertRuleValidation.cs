using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Alerting;

/// <summary>What values a rule may have. Whether its metric and channels exist is not asked: they may come later.</summary>
public static class AlertRuleValidation
{
    private const int MaxFilters = 64;
    private const int MaxGroupKeys = 16;
    private const int MaxChannels = 32;
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(7);

    /// <summary>Every problem, named by the API's field names; none when the rule can be saved. Warnings don't keep it from that.</summary>
    public static IReadOnlyList<FieldProblem> Check(AlertRule rule)
    {
        var problems = new List<FieldProblem>();
        CheckText(rule, problems);
        CheckWhat(rule, problems);
        if (rule.Type == AlertRuleType.Threshold)
        {
            CheckCondition(rule, problems);
        }
        CheckTimes(rule, problems);
        CheckTelling(rule, problems);
        return problems;
    }

    private static void CheckText(AlertRule rule, List<FieldProblem> problems)
    {
        if (string.IsNullOrWhiteSpace(rule.Name) || rule.Name.Length > 200 || rule.Name != rule.Name.Trim() || rule.Name.Any(char.IsControl))
        {
            Add(problems, "name", "must be 1 to 200 characters, without spaces around it and without line breaks");
        }
        if (rule.Owner.Length > 200)
        {
            Add(problems, "owner", $"{rule.Owner.Length} characters, more than 200");
        }
        if (rule.RunbookUrl.Length > 0 && (rule.RunbookUrl.Length > 2_000 || !Uri.TryCreate(rule.RunbookUrl, UriKind.Absolute, out Uri? url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)))
        {
            Add(problems, "runbook_url", "must be an address that begins with http:// or https://, at most 2,000 characters");
        }
        if (!MessageTemplate.TryParse(rule.Message, out _, out string problem))
        {
            Add(problems, "message", problem);
        }
    }

    private static void CheckWhat(AlertRule rule, List<FieldProblem> problems)
    {
        if (!Enum.IsDefined(rule.Type))
        {
            Add(problems, "type", "must be threshold or dead_man");
        }
        if (string.IsNullOrWhiteSpace(rule.MetricName) || Encoding.UTF8.GetByteCount(rule.MetricName) > SampleBatchFormat.MaxNameBytes)
        {
            Add(problems, "metric_name", $"must be a metric's name, at most {SampleBatchFormat.MaxNameBytes} bytes");
        }
        if (rule.TagFilter.Count > MaxFilters)
        {
            Add(problems, "tag_filter", $"{rule.TagFilter.Count} conditions, more than {MaxFilters}");
        }
        foreach (TagFilter filter in rule.TagFilter)
        {
            if (!IsTagKey(filter.Key) || Encoding.UTF8.GetByteCount(filter.Value) > TagSet.MaxValueBytes || !Enum.IsDefined(filter.Match))
            {
                Add(problems, "tag_filter", $"'{filter.Key}': a key must be 1 to {TagSet.MaxKeyBytes} bytes, a value at most {TagSet.MaxValueBytes}");
            }
        }
        if (rule.GroupBy.Count > MaxGroupKeys || rule.GroupBy.Any(k => !IsTagKey(k)) || rule.GroupBy.Distinct(StringComparer.Ordinal).Count() != rule.GroupBy.Count)
        {
            Add(problems, "group_by", $"must be at most {MaxGroupKeys} tag keys, each once");
        }
    }

    private static void CheckCondition(AlertRule rule, List<FieldProblem> problems)
    {
        if (!Enum.IsDefined(rule.Statistic.Kind) || (rule.Statistic.Kind == StatisticKind.Percentile && rule.Statistic.Quantile is not (>= 0 and <= 1)))
        {
            Add(problems, "statistic", "must be avg, min, max, sum, count, last, rate, increase, uniq, or a percentile from p0 to p100");
        }
        if (!Enum.IsDefined(rule.Condition))
        {
            Add(problems, "condition", "must be gt, lt, gte, lte, eq or ne");
        }
        if (!double.IsFinite(rule.Threshold))
        {
            Add(problems, "threshold", "must be a number, neither NaN nor infinite");
        }
        if (!Enum.IsDefined(rule.NoData))
        {
            Add(problems, "no_data", "must be alert, keep_last or ok");
        }
        if (rule.RecoveryThreshold is { } recovery)
        {
            CheckRecovery(rule, recovery, problems);
        }
    }

    private static void CheckRecovery(AlertRule rule, double recovery, List<FieldProblem> problems)
    {
        if (!double.IsFinite(recovery))
        {
            Add(problems, "recovery_threshold", "must be a number, neither NaN nor infinite");
            return;
        }
        string? problem = rule.Condition switch
        {
            AlertCondition.Gt or AlertCondition.Gte when recovery > rule.Threshold => "must not be above the threshold: a value between them would be an alert and not be one",
            AlertCondition.Lt or AlertCondition.Lte when recovery < rule.Threshold => "must not be below the threshold: a value between them would be an alert and not be one",
            AlertCondition.Eq or AlertCondition.Ne => "has no meaning for eq and ne; leave it out",
            _ => null,
        };
        if (problem is not null)
        {
            Add(problems, "recovery_threshold", problem);
        }
    }

    private static void CheckTimes(AlertRule rule, List<FieldProblem> problems)
    {
        if (rule.WindowMinutes is < 1 or > 1_440)
        {
            Add(problems, "window_minutes", "must be from 1 to 1440 (a day)");
        }
        CheckTime(rule.For, "for", problems);
        CheckTime(rule.KeepFiringFor, "keep_firing_for", problems);
        CheckTime(rule.NoDataAfter, "no_data_after", problems);
        if (rule.RepeatInterval != TimeSpan.Zero && (rule.RepeatInterval < TimeSpan.FromMinutes(1) || rule.RepeatInterval > TimeSpan.FromDays(30) || !IsWhole(rule.RepeatInterval)))
        {
            Add(problems, "repeat_interval", "must be 0s (never), or from 1m to 30d");
        }
    }

    private static void CheckTime(TimeSpan time, string field, List<FieldProblem> problems)
    {
        if (time < TimeSpan.Zero || time > s_longest || !IsWhole(time))
        {
            Add(problems, field, "must be from 0s to 7d, in whole seconds");
        }
    }

    private static void CheckTelling(AlertRule rule, List<FieldProblem> problems)
    {
        if (!Enum.IsDefined(rule.Severity))
        {
            Add(problems, "severity", "must be critical, warning or info");
        }
        if (rule.Channels.Count > MaxChannels || rule.Channels.Any(string.IsNullOrWhiteSpace) || rule.Channels.Distinct(StringComparer.OrdinalIgnoreCase).Count() != rule.Channels.Count)
        {
            Add(problems, "channels", $"must be at most {MaxChannels} channels' names or ids, each once");
        }
        else if (rule.Channels.Count == 0)
        {
            problems.Add(new FieldProblem("channels", "there are none: the alert is shown, but nobody is told", Warning: true));
        }
    }

    // Durations are stored in whole seconds: what is cut off would come back as another rule.
    private static bool IsWhole(TimeSpan time) => time.Ticks % TimeSpan.TicksPerSecond == 0;

    private static bool IsTagKey(string key) => key.Length > 0 && Encoding.UTF8.GetByteCount(key) <= TagSet.MaxKeyBytes;

    private static void Add(List<FieldProblem> problems, string field, string message) => problems.Add(new FieldProblem(field, message));
}
