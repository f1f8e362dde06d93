using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Contracts;

/// <summary>What the suites of the store's ports have in common: a fresh store for each test.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private StoreHarness? _harness;

    protected static CancellationToken None => CancellationToken.None;

    protected IRollupStore Rollups => Harness.Rollups;

    protected IRawStore Raw => Harness.Raw;

    protected StoreHarness Harness => _harness ?? throw new InvalidOperationException("not initialised");

    protected abstract Task<StoreHarness> NewAsync();

    public async Task InitializeAsync() => _harness = await NewAsync();

    public async Task DisposeAsync() => await Harness.DisposeAsync();

    protected Task AppendAsync(params RollupFlush[] flushes) => Rollups.AppendAsync(flushes, None);

    protected async Task<AggregateFrame> ReadAsync(string metric, StoredResolution resolution, AggregateQuery query)
    {
        AggregateFrame? frame = await Rollups.ReadAsync(metric, resolution, query, None);
        Assert.NotNull(frame);
        return frame;
    }

    /// <summary>Everything as one group; the sum of each bucket.</summary>
    protected async Task<Dictionary<long, double>> SumsAsync(string metric, StoredResolution resolution, long fromMs, long toMs, long stepMs)
    {
        AggregateFrame frame = await ReadAsync(metric, resolution, Flushes.Query(fromMs, toMs, stepMs, groupBy: []));
        return frame.Groups.SelectMany(g => g.Points).ToDictionary(p => p.BucketMs, p => p.Aggregate.Sum);
    }
}
