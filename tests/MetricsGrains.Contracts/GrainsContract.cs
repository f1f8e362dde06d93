using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Contracts;

/// <summary>What the suites of <see cref="IGrains"/> have in common: a fresh host for each test, at most <see cref="MaxSeries"/> series a metric.</summary>
public abstract class GrainsContract : IAsyncLifetime
{
    protected const int MaxSeries = 100;

    private GrainsHarness? _harness;
    private ulong _sequence;

    protected static CancellationToken None => CancellationToken.None;

    /// <summary>A minute's start, minutes ago: recent, and no window that is still moving.</summary>
    protected static long T0 { get; } = Resolution.Floor(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), Resolution.OneMinute) - (5 * Resolution.OneMinute);

    protected IGrains Grains => (_harness ?? throw new InvalidOperationException("not initialised")).Grains;

    /// <summary>Starts a host whose metrics all have these options.</summary>
    protected abstract Task<GrainsHarness> NewAsync(MetricGrainOptions options);

    public async Task InitializeAsync() => _harness = await NewAsync(new MetricGrainOptions { MaxSeries = MaxSeries });

    public async Task DisposeAsync() => await _harness!.DisposeAsync();

    /// <summary>Appends as the next record of one log.</summary>
    protected Task<AppendResult> AppendAsync(params Observed[] samples) => Grains.AppendAsync(Observed.Batch(samples), new BatchOrigin("node-1", ++_sequence), None).AsTask();

    /// <summary>Appends samples that must all be taken in.</summary>
    protected async Task AppendAllAsync(params Observed[] samples)
    {
        AppendResult result = await AppendAsync(samples);
        Assert.Empty(result.Refusals);
        Assert.Equal(samples.Length, result.Accepted);
    }

    /// <summary>Ten minutes around <see cref="T0"/> as one bucket and one group.</summary>
    protected static AggregateQuery Whole(SketchNeed sketch = SketchNeed.None) => Query(T0 - Resolution.FiveMinutes, T0 + Resolution.FiveMinutes, Resolution.OneDay, [], sketch: sketch);

    protected static AggregateQuery Query(long fromMs, long toMs, long stepMs, IReadOnlyList<string>? groupBy, IReadOnlyList<TagFilter>? filters = null, SketchNeed sketch = SketchNeed.None) =>
        new(fromMs, toMs, stepMs, filters ?? [], groupBy, sketch);

    /// <summary>What a metric's samples add up to; the empty window while it is unknown.</summary>
    protected async Task<WindowAggregate> TotalAsync(string metric)
    {
        WindowAggregate total = default;
        foreach (AggregatePoint point in (await Grains.QueryAsync(metric, Whole(), None))?.Frame.Groups.SelectMany(g => g.Points) ?? [])
        {
            total.Merge(point.Aggregate);
        }
        return total;
    }

    protected async Task<double> SumAsync(string metric) => (await TotalAsync(metric)).Sum;
}
