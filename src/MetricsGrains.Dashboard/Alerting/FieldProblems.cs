using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>What forms ask about what is wrong.</summary>
public static class FieldProblems
{
    /// <summary>Whether the field can't stay as it is; a warning can.</summary>
    public static bool HasError(this IReadOnlyList<FieldProblem> problems, string field) => problems.Any(p => p.Field == field && !p.Warning);
}
