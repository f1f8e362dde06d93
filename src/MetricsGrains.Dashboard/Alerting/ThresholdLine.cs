using MetricsGrains.Core.Alerting;
using MetricsGrains.Dashboard.Formatting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>A threshold as the script draws it (web/app/threshold.js).</summary>
/// <param name="Value">Null: no line.</param>
/// <param name="Side">Where values are an alert: "above", "below", or empty.</param>
/// <param name="Sign">"&gt;", "≤".</param>
/// <param name="Title">What a screen reader calls it.</param>
/// <param name="Least">It can't be moved below; null: it can.</param>
/// <param name="Step">It moves by no less than this; 0: by what suits the chart.</param>
public sealed record ThresholdLine(double? Value, double? Recovery, string Side, string Sign, string Title, string Unit, double? Least, double Step)
{
    /// <summary>The threshold of a rule; of a dead-man's switch how long the silence must last, in seconds.</summary>
    /// <param name="isKnown">False: nothing that can be read has been entered yet.</param>
    public static ThresholdLine Of(AlertRule rule, bool isKnown, string unit) => rule.Type == AlertRuleType.DeadMan
        ? new ThresholdLine(rule.Window.TotalSeconds, null, "above", "silent", "How long it may be silent", "s", 60, 60)
        : new ThresholdLine(isKnown && double.IsFinite(rule.Threshold) ? rule.Threshold : null, rule.RecoveryThreshold is { } r && double.IsFinite(r) ? r : null,
            rule.Condition switch
            {
                AlertCondition.Gt or AlertCondition.Gte => "above",
                AlertCondition.Lt or AlertCondition.Lte => "below",
                _ => "",
            },
            AlertConditions.SignOf(rule.Condition), "Threshold", ValueFormat.UnitOf(unit, rule.Statistic), null, 0);
}
