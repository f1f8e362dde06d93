using MetricsGrains.Core.Model;
using MetricsGrains.Storage.Common;

namespace MetricsGrains.Storage.Postgres;

/// <summary>What the writer knows of a metric's series.</summary>
/// <param name="Version">Of the set of series that this is; another one in the metric's row means that another node changed it.</param>
internal sealed record KnownMetric(long Id, long Version, Dictionary<(TagSet Tags, MetricKind Kind), WrittenSeries> Series)
{
    /// <summary>The row ids of the definitions, in their order.</summary>
    public long[] IdsOf(IReadOnlyList<Core.Ports.SeriesDefinition> definitions) => [.. definitions.Select(d => Series[(d.Tags, d.Kind)].Id)];
}
