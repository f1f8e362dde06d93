namespace MetricsGrains.Core.Windows;

/// <summary>Which sketch an answer must carry. Asking for none is much cheaper.</summary>
public enum SketchNeed : byte
{
    None = 0,

    /// <summary>The exponential sketch (percentiles) or the HyperLogLog (distinct count), whichever the metric's kind has.</summary>
    Yes = 1,
}

/// <summary>Asks for one metric's aggregates by bucket and group.</summary>
/// <param name="FromMs">Unix ms, inclusive, a multiple of 10,000. Inside a bucket it cuts the bucket short: two answers that meet there merge into whole ones.</param>
/// <param name="ToMs">Unix ms, exclusive; likewise.</param>
/// <param name="StepMs">Bucket length, a multiple of 10,000.</param>
/// <param name="Filters">See <see cref="TagFilter"/>.</param>
/// <param name="GroupBy">Tag keys whose values make a group. Null: one group a series, with all its tags. Empty: everything is one group.</param>
/// <param name="Sketch">Whether percentiles or distinct counts are wanted.</param>
public sealed record AggregateQuery(long FromMs, long ToMs, long StepMs, IReadOnlyList<TagFilter> Filters, IReadOnlyList<string>? GroupBy, SketchNeed Sketch);
