using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Server.Hosting;

/// <summary>The grains of a node that takes nothing in: there are none, and all is in the store.</summary>
internal sealed class NoGrains : IGrains
{
    public ValueTask<AppendResult> AppendAsync(ReadOnlyMemory<byte> batch, BatchOrigin origin, CancellationToken cancel) =>
        throw new InvalidOperationException("BUG: a read-only node was given samples");

    public ValueTask<MetricAnswer?> QueryAsync(string metric, AggregateQuery query, CancellationToken cancel) => default;

    public ValueTask<long?> FlushEpochAsync(string metric, CancellationToken cancel) => default;

    public ValueTask<MetricSummary?> DescribeAsync(string metric, CancellationToken cancel) => default;

    public ValueTask<IReadOnlyList<MetricSummary>> ListAsync(string contains, string after, int limit, CancellationToken cancel) => new([]);

    public ValueTask<IReadOnlyList<ActiveSeries>> ListSeriesAsync(string metric, int limit, CancellationToken cancel) => new([]);
}
