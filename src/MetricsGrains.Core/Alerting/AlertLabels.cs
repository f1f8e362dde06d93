namespace MetricsGrains.Core.Alerting;

/// <summary>What matchers see of an alert.</summary>
public static class AlertLabels
{
    public const string RuleName = "alertname";
    public const string RuleId = "rule_id";
    public const string Severity = "severity";
    public const string Metric = "metric";
    public const string Owner = "owner";

    /// <summary>
    /// The alert's tags, and its rule's name, id (with hyphens), severity, metric and owner. A tag of one of those names is not seen:
    /// <c>severity=critical</c> must mean the rule's, whatever somebody's tags say.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Of(AlertNotice notice)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, string value) in notice.Tags.ToPairs())
        {
            labels[key] = value;
        }
        labels[RuleName] = notice.RuleName;
        labels[RuleId] = notice.RuleId.ToString();
        labels[Severity] = AlertNames.Of(notice.Severity);
        labels[Metric] = notice.MetricName;
        labels[Owner] = notice.Owner;
        return labels;
    }
}
