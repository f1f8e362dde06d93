using MetricsGrains.Core.Windows;
namespace MetricsGrains.Dashboard.Exploring;

/// <summary>What is wrong with a question, and the control to say it at.</summary>
public sealed record QueryProblem(ExploreControl Control, string Message)
{
    /// <summary>The control that sets a query parameter, by the name that the query's errors use.</summary>
    public static ExploreControl ControlOf(string parameter) => parameter.ToLowerInvariant() switch
    {
        "metric" or "name" => ExploreControl.Metric,
        "filter" or "filters" or "tags" => ExploreControl.Filter,
        "by" or "groupby" or "group_by" => ExploreControl.GroupBy,
        "stat" or "statistic" => ExploreControl.Statistic,
        "from" or "to" or "range" or "start" or "end" or "fromms" or "toms" => ExploreControl.Range,
        "resolution" or "step" or "res" or "stepms" => ExploreControl.Resolution,
        _ => ExploreControl.Chart,
    };
}
