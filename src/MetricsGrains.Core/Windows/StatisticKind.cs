namespace MetricsGrains.Core.Windows;

/// <summary>Which number to make of a window.</summary>
public enum StatisticKind
{
    Avg,
    Min,
    Max,
    Sum,
    Count,
    Last,
    Rate,
    Increase,
    Percentile,
    Uniq,
}
