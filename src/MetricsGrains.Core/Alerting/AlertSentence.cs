using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Alerting;

/// <summary>What a notice says when its rule has no message of its own: one sentence.</summary>
public static class AlertSentence
{
    public static string Of(AlertNotice notice)
    {
        string where = notice.Tags.Count == 0 ? "" : " for " + TagsOf(notice.Tags);
        if (notice.RuleType == AlertRuleType.DeadMan)
        {
            return notice.Status == AlertStatus.Resolved
                ? $"{notice.MetricName}{where} sends again."
                : $"{notice.MetricName}{where} has sent nothing for {SilenceOf(notice.Value)}; it is expected within {AlertDuration.Format(TimeSpan.FromMinutes(notice.WindowMinutes))}.";
        }
        string subject = $"{notice.Statistic} of {notice.MetricName} over {AlertDuration.Format(TimeSpan.FromMinutes(notice.WindowMinutes))}{where}";
        string limit = $"{AlertConditions.SignOf(notice.Condition)} {AlertNumber.Format(notice.Threshold, UnitOf(notice))}";
        string value = notice.Value is { } v ? AlertNumber.Format(v, UnitOf(notice)) : "unknown";
        return notice.Status switch
        {
            AlertStatus.NoData => $"{notice.MetricName}{where} sends no data{(notice.Value is null ? "" : $"; {notice.Statistic} was {value} last")}.",
            AlertStatus.Resolved => $"{subject} is {value}, no longer {limit}.",
            _ => $"{subject} is {value}, {limit}.",
        };
    }

    /// <summary>"host:a, region:eu".</summary>
    public static string TagsOf(TagSet tags) => string.Join(", ", tags.ToPairs().Select(p => $"{p.Key}:{p.Value}"));

    /// <summary>A count has no unit, a rate has one for each second.</summary>
    public static string UnitOf(AlertNotice notice) => notice.Statistic.Kind switch
    {
        StatisticKind.Count or StatisticKind.Uniq => "",
        StatisticKind.Rate when notice.Unit.Length > 0 && notice.Unit[0] != '{' && notice.Unit != "1" => notice.Unit + "/s",
        StatisticKind.Rate => "/s",
        _ => notice.Unit,
    };

    /// <summary>Seconds of silence as "7m30s"; "ever" when nothing ever came.</summary>
    public static string SilenceOf(double? seconds) =>
        seconds is { } s && double.IsFinite(s) ? AlertDuration.Format(TimeSpan.FromSeconds(Math.Clamp(Math.Round(s), 0, 1e9))) : "ever";
}
