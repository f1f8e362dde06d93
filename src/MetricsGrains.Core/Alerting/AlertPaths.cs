using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Alerting;

/// <summary>Where the dashboard shows an alert, as path and query.</summary>
public static class AlertPaths
{
    private const long BeforeMs = 30 * Resolution.OneMinute;
    private const long AfterMs = 10 * Resolution.OneMinute;

    /// <summary>What the rule watches, from half an hour before the incident to ten minutes after this moment.</summary>
    public static string Chart(AlertRule rule, TagSet tags, long incidentMs, long atMs)
    {
        var text = new StringBuilder("/explore?metric=").Append(Escape(rule.MetricName));
        IReadOnlyList<KeyValuePair<string, string>> own = tags.ToPairs();
        // Filters of one key are alternatives: those that the instance's own value already narrows would widen it again.
        foreach (TagFilter filter in rule.TagFilter.Where(f => f.Match == TagMatch.NotEqual || !own.Any(o => o.Key == f.Key)))
        {
            text.Append("&filter=").Append(Escape((filter.Match == TagMatch.NotEqual ? "!" : "") + filter.Key + ":" + filter.Value));
        }
        foreach ((string key, string value) in own)
        {
            text.Append("&filter=").Append(Escape(key + ":" + value));
        }
        text.Append("&stat=").Append(rule.Type == AlertRuleType.DeadMan ? "count" : rule.Statistic.ToString());
        return text.Append(System.Globalization.CultureInfo.InvariantCulture, $"&from={incidentMs - BeforeMs}&to={atMs + AfterMs}&res=auto&live=0").ToString();
    }

    /// <summary>A new silence for this instance.</summary>
    public static string Silence(AlertRule rule, TagSet tags)
    {
        IEnumerable<AlertMatcher> matchers = [new AlertMatcher(AlertLabels.RuleName, MatchOperator.Equal, rule.Name), .. tags.ToPairs().Select(p => new AlertMatcher(p.Key, MatchOperator.Equal, p.Value))];
        return "/alerts/silences/new?" + string.Join('&', matchers.Select(m => "matcher=" + Escape(AlertMatcherText.Format(m))));
    }

    private static string Escape(string value) => Uri.EscapeDataString(value).Replace("%3A", ":", StringComparison.Ordinal);
}
