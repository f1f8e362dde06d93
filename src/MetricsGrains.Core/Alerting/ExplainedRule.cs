using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Alerting;

/// <summary>The version of a rule that was in force at a time, or why none was.</summary>
/// <param name="Rule">Null when <paramref name="WhyNot"/> says why.</param>
/// <param name="WhyNot">A sentence; null when a version was in force and enabled.</param>
/// <param name="Since">What became of the rule since, as a sentence with a space before it; empty: nothing.</param>
internal sealed record ExplainedRule(AlertRule? Rule, string? WhyNot, IReadOnlyList<ExplanationStep> Steps, string Since = "")
{
    public static ExplainedRule At(AlertRule? now, IReadOnlyList<AlertRuleVersion> versions, long atMs)
    {
        // A rule without a history (it was cut) is taken as it is.
        AlertRuleVersion[] known = versions.Count > 0 ? [.. versions.OrderBy(v => v.Rule.Version).ThenBy(v => v.Deleted)] : now is null ? [] : [new AlertRuleVersion(now, Deleted: false)];
        if (known.Length == 0)
        {
            return new ExplainedRule(null, "There is no such rule, and the history knows of none.", []);
        }
        AlertRuleVersion? inForce = Array.FindLast(known, v => v.Rule.UpdatedAtMs <= atMs);
        if (inForce is null)
        {
            AlertRule first = known[0].Rule;
            return new ExplainedRule(null, first.Version == 1
                ? $"The rule '{first.Name}' did not exist at {ExplainedTime.At(atMs)}: it was created{By(first)} at {ExplainedTime.At(first.UpdatedAtMs)}."
                : $"What the rule '{first.Name}' was at {ExplainedTime.At(atMs)} is not known any more: its history begins with version {first.Version} at {ExplainedTime.At(first.UpdatedAtMs)}.", []);
        }
        AlertRule rule = inForce.Rule;
        if (inForce.Deleted)
        {
            return new ExplainedRule(null, $"The rule '{rule.Name}' did not exist any more at {ExplainedTime.At(atMs)}: it was deleted{By(rule)} at {ExplainedTime.At(rule.UpdatedAtMs)}.", []);
        }
        ExplanationStep[] steps = [new ExplanationStep(rule.UpdatedAtMs, $"Version {rule.Version} of the rule came into force{By(rule)}: {AlertRuleText.Of(rule)}.")];
        string since = SinceOf(rule, now);
        return rule.Enabled
            ? new ExplainedRule(rule, null, steps, since)
            : new ExplainedRule(null, $"The rule '{rule.Name}' was disabled at {ExplainedTime.At(atMs)}: version {rule.Version} of {ExplainedTime.At(rule.UpdatedAtMs)}{By(rule)} is not enabled.", steps, since);
    }

    // Who looks at the rule as it is now must not wonder at an answer that goes by another.
    private static string SinceOf(AlertRule rule, AlertRule? now)
    {
        if (now is null)
        {
            return " The rule was deleted since.";
        }
        string changes = AlertRuleChanges.Between(rule, now);
        return changes.Length == 0 ? "" : $" The rule was edited since: it is at version {now.Version} now{By(now)} ({changes}).";
    }

    private static string By(AlertRule rule) => rule.UpdatedBy.Length > 0 ? " by " + rule.UpdatedBy : "";
}
