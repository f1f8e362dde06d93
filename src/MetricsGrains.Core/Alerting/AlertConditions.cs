using System.Diagnostics;

namespace MetricsGrains.Core.Alerting;

/// <summary>Names, signs and meaning of the conditions.</summary>
public static class AlertConditions
{
    /// <summary>"gt", "lt", "gte", "lte", "eq", "ne".</summary>
    public static string NameOf(AlertCondition condition) => condition.ToString().ToLowerInvariant();

    /// <summary>"&gt;", "&lt;", "≥", "≤", "=", "≠".</summary>
    public static string SignOf(AlertCondition condition) => condition switch
    {
        AlertCondition.Gt => ">",
        AlertCondition.Lt => "<",
        AlertCondition.Gte => "≥",
        AlertCondition.Lte => "≤",
        AlertCondition.Eq => "=",
        AlertCondition.Ne => "≠",
        _ => throw new UnreachableException($"BUG: condition {condition} has no sign"),
    };

    public static bool TryParse(string text, out AlertCondition condition) =>
        Enum.TryParse(text, ignoreCase: true, out condition) && Enum.IsDefined(condition) && text.All(char.IsAsciiLetter);

    /// <summary>Whether the condition holds. Never for NaN, which is no value.</summary>
    public static bool Holds(AlertCondition condition, double value, double threshold) => !double.IsNaN(value) && condition switch
    {
        AlertCondition.Gt => value > threshold,
        AlertCondition.Lt => value < threshold,
        AlertCondition.Gte => value >= threshold,
        AlertCondition.Lte => value <= threshold,
        AlertCondition.Eq => value == threshold,
        AlertCondition.Ne => value != threshold,
        _ => throw new UnreachableException($"BUG: condition {condition} has no meaning"),
    };

    /// <summary>Whether more of the metric brings the condition nearer (gt, gte), for such values as grow while a window fills.</summary>
    public static bool IsUpward(AlertCondition condition) => condition is AlertCondition.Gt or AlertCondition.Gte;

    /// <summary>Whether of two values the first is further into the condition, or nearer to it.</summary>
    public static bool IsFurther(AlertCondition condition, double threshold, double value, double than) => condition switch
    {
        AlertCondition.Gt or AlertCondition.Gte => value > than,
        AlertCondition.Lt or AlertCondition.Lte => value < than,
        AlertCondition.Eq => Math.Abs(value - threshold) < Math.Abs(than - threshold),
        _ => Math.Abs(value - threshold) > Math.Abs(than - threshold),
    };
}
