using MetricsGrains.Core.Windows;
namespace MetricsGrains.Dashboard.Exploring;

/// <summary>The places of the Explore page where something can be wrong.</summary>
public enum ExploreControl
{
    Metric,
    Filter,
    GroupBy,
    Statistic,
    Range,
    Resolution,
    Chart,
}
