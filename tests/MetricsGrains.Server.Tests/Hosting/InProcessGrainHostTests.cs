using MetricsGrains.Contracts;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Hosting;

namespace MetricsGrains.Server.Tests.Hosting;

public sealed class InProcessGrainHostTests
{
    private static readonly GrainLimits Limits = new(new MetricGrainOptions(), new Dictionary<string, int>());

    [Fact]
    public async Task Dispose_WithWorkQueued_FinishesIt()
    {
        using var time = new StoppedTime();
        var host = new InProcessGrainHost(2, Limits, [], long.MinValue, "node-1", time);
        Task<AppendResult>[] appends = [.. Enumerable.Range(0, 200).Select(i => host.AppendAsync(Batch($"drain.{i % 10}"), new BatchOrigin("n", (ulong)i + 1), CancellationToken.None).AsTask())];
        Task disposing = host.DisposeAsync().AsTask();
        Assert.False(disposing.IsCompleted);

        time.Go();
        await disposing;

        Assert.All(appends, a => Assert.True(a.IsCompletedSuccessfully));
        Assert.Equal(200, (await Task.WhenAll(appends)).Sum(a => a.Accepted));
    }

    [Fact]
    public async Task Append_QueueFull_WaitsAndCanBeGivenUp()
    {
        using var time = new StoppedTime();
        await using var host = new InProcessGrainHost(1, Limits, [], long.MinValue, "node-1", time);
        byte[] batch = Batch("full");
        var appends = new List<Task<AppendResult>>();
        // 8,192 wait in the queue, one is being worked on.
        for (ulong i = 1; i <= 8_193; i++)
        {
            appends.Add(host.AppendAsync(batch, new BatchOrigin("n", i), CancellationToken.None).AsTask());
        }
        await Eventually.TrueAsync(() => time.Waiting > 0, "the shard works on the first");
        using var cancel = new CancellationTokenSource();
        Task<AppendResult> extra = host.AppendAsync(batch, new BatchOrigin("n", 9_000), CancellationToken.None).AsTask();
        Task<AppendResult> givenUp = host.AppendAsync(batch, new BatchOrigin("n", 9_001), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        Assert.Equal(8_194, host.Queued);

        time.Go();
        Assert.Equal(8_193, (await Task.WhenAll(appends)).Sum(a => a.Accepted));
        Assert.Equal(1, (await extra).Accepted);
        await Eventually.TrueAsync(() => host.Queued == 0, "all is worked off");
    }

    [Fact]
    public async Task Tick_IdleMetric_IsForgottenOnceItIsStored()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var host = new InProcessGrainHost(2, Limits, [], long.MinValue, "node-1", time);
        await host.AppendAsync(Observed.Batch(Observed.Counter("idle", "", time.NowMs, 1)), new BatchOrigin("n", 1), CancellationToken.None);
        time.Advance(TimeSpan.FromHours(2));
        await host.TickAsync(CancellationToken.None);
        Assert.NotNull(await host.DescribeAsync("idle", CancellationToken.None));
        Assert.Equal(1UL, await host.NeededFromAsync("n", TimeSpan.MaxValue, CancellationToken.None));

        Assert.Single(await host.TakeFlushesAsync(everything: false, CancellationToken.None));
        await host.ConfirmFlushesAsync(["idle"], CancellationToken.None);
        await host.TickAsync(CancellationToken.None);

        Assert.Null(await host.DescribeAsync("idle", CancellationToken.None));
        Assert.Null(await host.NeededFromAsync("n", TimeSpan.MaxValue, CancellationToken.None));
        Assert.Equal(default, await host.MeasureAsync(CancellationToken.None));
        Assert.Equal(1, (await host.AppendAsync(Observed.Batch(Observed.Counter("idle", "", time.NowMs, 1)), new BatchOrigin("n", 2), CancellationToken.None)).Accepted);
    }

    [Theory]
    [InlineData("node-1/log-1", true)]
    [InlineData("node-1/log-0", false)]
    public async Task Query_StoreHasWhatAnotherLogBrought_MemoryIsCompleteOnlyFromThere(string storedOrigin, bool sameLog)
    {
        var time = new ManualTime(DateTimeOffset.FromUnixTimeMilliseconds(Core.Windows.Resolution.Floor(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), 3_600_000) + 1_800_000));
        long openFrom = time.NowMs - (10 * Core.Windows.Resolution.OneMinute);
        var cursor = new FlushCursor("seam", FlushStream.Rollup, storedOrigin, 1, 5, openFrom);
        await using var host = new InProcessGrainHost(2, Limits, [cursor], long.MinValue, "node-1/log-1", time);
        foreach (string metric in (string[])["seam", "other"])
        {
            await host.AppendAsync(Observed.Batch(Observed.Gauge(metric, "", time.NowMs, 1)), new BatchOrigin("node-1/log-1", 6), CancellationToken.None);
        }
        var query = new Core.Windows.AggregateQuery(time.NowMs - 3_600_000, time.NowMs + 60_000, 60_000, [], [], Core.Windows.SketchNeed.None);

        Assert.Equal(!sameLog, (await host.QueryAsync("seam", query, CancellationToken.None))!.CompleteFromMs == openFrom);
        Assert.True((await host.QueryAsync("other", query, CancellationToken.None))!.CompleteFromMs <= query.FromMs);
    }

    [Fact]
    public async Task Measure_SeveralShards_AddsThemUp()
    {
        await using var host = new InProcessGrainHost(4, Limits, [], long.MinValue, "node-1", TimeProvider.System);
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await host.AppendAsync(Observed.Batch(Enumerable.Range(0, 30).Select(i => Observed.Gauge($"m{i % 10}", $"s:{i}", now, 1))), new BatchOrigin("n", 1), CancellationToken.None);
        await host.TickAsync(CancellationToken.None);

        MemoryUse use = await host.MeasureAsync(CancellationToken.None);

        Assert.Equal((10, 30), (use.Metrics, use.Series));
        Assert.True(use.Bytes > 30 * 100);
    }

    private static byte[] Batch(string metric) => Observed.Batch(Observed.Gauge(metric, "", TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), 1));

    /// <summary>A clock that keeps whoever reads it waiting: a shard reads it before each batch.</summary>
    private sealed class StoppedTime : TimeProvider, IDisposable
    {
        private readonly ManualResetEventSlim _go = new();
        private int _waiting;

        public int Waiting => Volatile.Read(ref _waiting);

        public void Go() => _go.Set();

        public override DateTimeOffset GetUtcNow()
        {
            Interlocked.Increment(ref _waiting);
            _go.Wait();
            return System.GetUtcNow();
        }

        public void Dispose() => _go.Dispose();
    }
}
