using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Alerting;

/// <summary>What an edit of a rule means for the instances it had.</summary>
public enum RuleEdit : byte
{
    /// <summary>They are what they were: only when and how they are told changed.</summary>
    Same = 1,

    /// <summary>Other filters: those that the next evaluation does not see belong to the rule no more.</summary>
    Filtered = 2,

    /// <summary>Another metric, another grouping or another kind of rule: they are of something else.</summary>
    Other = 3,
}

/// <summary>Compares versions of a rule.</summary>
public static class RuleEdits
{
    /// <param name="before">Null: not known.</param>
    public static RuleEdit Between(AlertRule? before, AlertRule after)
    {
        if (before is null)
        {
            return RuleEdit.Filtered;
        }
        if (before.Type != after.Type || before.MetricName != after.MetricName || !before.GroupBy.ToHashSet(StringComparer.Ordinal).SetEquals(after.GroupBy))
        {
            return RuleEdit.Other;
        }
        return new HashSet<TagFilter>(before.TagFilter).SetEquals(after.TagFilter) ? RuleEdit.Same : RuleEdit.Filtered;
    }
}
