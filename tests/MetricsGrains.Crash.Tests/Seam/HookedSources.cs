using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Crash.Tests.Seam;

/// <summary>Real grains and a real store, with a call to the test at every step of a query.</summary>
internal sealed class HookedSources(IGrains grains, IRollupStore rollups, IRawStore raw) : IGrains, IRollupStore, IRawStore
{
    private int _cursorReads;

    /// <summary>Called at every stage.</summary>
    public Func<SeamStage, Task>? At { get; set; }

    public int MemoryReads { get; private set; }

    /// <summary>Questions to the store, of whatever kind.</summary>
    public int StoreReads { get; private set; }

    public async ValueTask<MetricAnswer?> QueryAsync(string metric, AggregateQuery query, CancellationToken cancel)
    {
        MemoryReads++;
        _cursorReads = 0;
        MetricAnswer? answer = await grains.QueryAsync(metric, query, cancel);
        await HappenAsync(SeamStage.MemoryRead);
        return answer;
    }

    public async ValueTask<long?> FlushEpochAsync(string metric, CancellationToken cancel)
    {
        await HappenAsync(SeamStage.BeforeEpoch);
        return await grains.FlushEpochAsync(metric, cancel);
    }

    public Task<IReadOnlyList<FlushCursor>> ReadCursorsAsync(CancellationToken cancel) => Asked(rollups).ReadCursorsAsync(cancel);

    public async Task<IReadOnlyList<FlushCursor>> ReadCursorsAsync(string metric, CancellationToken cancel)
    {
        await HappenAsync(_cursorReads++ == 0 ? SeamStage.BeforeFirstCursors : SeamStage.BeforeLastCursors);
        return await Asked(rollups).ReadCursorsAsync(metric, cancel);
    }

    public async Task<StoredMetric?> FindMetricAsync(string metric, CancellationToken cancel)
    {
        await HappenAsync(SeamStage.BeforeFind);
        return await Asked(rollups).FindMetricAsync(metric, cancel);
    }

    public async Task<AggregateFrame?> ReadAsync(string metric, StoredResolution resolution, AggregateQuery query, CancellationToken cancel)
    {
        await HappenAsync(SeamStage.BeforeRead);
        AggregateFrame? frame = await Asked(rollups).ReadAsync(metric, resolution, query, cancel);
        await HappenAsync(SeamStage.AfterRead);
        return frame;
    }

    public ValueTask<AppendResult> AppendAsync(ReadOnlyMemory<byte> batch, BatchOrigin origin, CancellationToken cancel) => grains.AppendAsync(batch, origin, cancel);

    public ValueTask<MetricSummary?> DescribeAsync(string metric, CancellationToken cancel) => grains.DescribeAsync(metric, cancel);

    public ValueTask<IReadOnlyList<MetricSummary>> ListAsync(string contains, string after, int limit, CancellationToken cancel) => grains.ListAsync(contains, after, limit, cancel);

    ValueTask<IReadOnlyList<ActiveSeries>> IGrains.ListSeriesAsync(string metric, int limit, CancellationToken cancel) => grains.ListSeriesAsync(metric, limit, cancel);

    Task<IReadOnlyList<SeriesDefinition>> IRollupStore.ListSeriesAsync(string metric, int limit, CancellationToken cancel) => Asked(rollups).ListSeriesAsync(metric, limit, cancel);

    public Task OpenAsync(CancellationToken cancel) => rollups.OpenAsync(cancel);

    public Task<IReadOnlyList<string>> AppendAsync(IReadOnlyList<RollupFlush> flushes, CancellationToken cancel) => rollups.AppendAsync(flushes, cancel);

    public Task<IReadOnlyList<StoredMetric>> ListMetricsAsync(string contains, string after, int limit, CancellationToken cancel) => Asked(rollups).ListMetricsAsync(contains, after, limit, cancel);

    public Task<int> DeriveAsync(long nowMs, CancellationToken cancel) => rollups.DeriveAsync(nowMs, cancel);

    public Task RetainAsync(long nowMs, Retention retention, CancellationToken cancel) => rollups.RetainAsync(nowMs, retention, cancel);

    public Task<StoreStatus> StatusAsync(CancellationToken cancel) => Asked(rollups).StatusAsync(cancel);

    public Task AppendRawAsync(IReadOnlyList<RawBlock> blocks, FlushCursor cursor, CancellationToken cancel) => raw.AppendRawAsync(blocks, cursor, cancel);

    public Task<AggregateFrame?> ReadRawAsync(string metric, AggregateQuery query, CancellationToken cancel) => Asked(raw).ReadRawAsync(metric, query, cancel);

    private T Asked<T>(T store)
    {
        StoreReads++;
        return store;
    }

    private Task HappenAsync(SeamStage stage) => At?.Invoke(stage) ?? Task.CompletedTask;
}
