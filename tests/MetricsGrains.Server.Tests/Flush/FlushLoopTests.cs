using MetricsGrains.Contracts;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Server.Flush;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Flush;

public sealed class FlushLoopTests : IAsyncLifetime
{
    private readonly ManualTime _time = new(DateTimeOffset.FromUnixTimeMilliseconds(Resolution.Floor(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), Resolution.OneHour) + Resolution.FiveMinutes));
    private readonly FakeLog _log = new();
    private readonly FakeStore _store = new();
    private readonly IngestMeters _meters = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly InProcessGrainHost _host;
    private readonly IngestPipeline _pipeline;
    private readonly FlushLoop _flush;

    public FlushLoopTests()
    {
        var limits = new GrainLimits(new MetricGrainOptions(), new Dictionary<string, int>());
        var retention = new Retention(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825));
        _host = new InProcessGrainHost(2, limits, [], long.MinValue, "node-1", _time);
        _pipeline = new IngestPipeline(_log, _host, "node-1", 64 << 20, _meters, TimeProvider.System);
        var raw = new RawArchiver(_log, () => _pipeline.DispatchedThrough, _host, _store, _store, "node-1", limits, null, _time);
        _flush = new FlushLoop(_host, _store, raw, _log, _meters, new FlushSettings("node-1", retention, TimeSpan.FromMinutes(65), long.MaxValue), _time, NullLogger<FlushLoop>.Instance);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pipeline.StopAsync();
        await _host.DisposeAsync();
        _meters.Dispose();
        _stop.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_StoreFails_RepeatsTheSameFlushAndRecovers(bool afterWriting)
    {
        long minute = _time.NowMs - (2 * Resolution.OneMinute);
        await SendAsync(Observed.Counter("flush.a", "x:1", minute, 1), Observed.Counter("flush.b", "", minute + 1, 2));
        _store.FailsBefore = !afterWriting;
        _store.FailsAfter = afterWriting;
        Task running = _flush.RunAsync(_stop.Token);
        await AdvanceUntilAsync(() => _store.Attempts.Count >= 2, "two attempts");
        Assert.False(_flush.StoreIsHealthy);

        // What comes meanwhile, late samples for the same minute among it, must not get into the repeated flush.
        await SendAsync(Observed.Counter("flush.a", "x:1", minute, 4), Observed.Counter("flush.a", "x:1", minute + Resolution.OneMinute, 8));
        int before = _store.Attempts.Count;
        await AdvanceUntilAsync(() => _store.Attempts.Count >= before + 2, "two more attempts");
        Assert.All(_store.Attempts, attempt => Assert.Equal(Rows(_store.Attempts[0]), Rows(attempt)));
        Assert.Equal(afterWriting ? 1 : 0, _store.SumOf("flush.a"));

        _store.FailsBefore = _store.FailsAfter = false;
        await AdvanceUntilAsync(() => _flush.StoreIsHealthy && _store.SumOf("flush.a") >= 13, "the store has everything");
        Assert.Equal((13, 2), (_store.SumOf("flush.a"), _store.SumOf("flush.b")));
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Run_StoreLeavesAFlushOut_TheLogStillNeedsItsRecords()
    {
        long minute = _time.NowMs - (2 * Resolution.OneMinute);
        await SendAsync(Observed.Counter("flush.a", "", minute, 1));
        await SendAsync(Observed.Counter("flush.b", "", minute, 2));
        _store.Superseded.Add("flush.b");
        Task running = _flush.RunAsync(_stop.Token);
        await AdvanceUntilAsync(() => _store.Attempts.Count >= 2, "two attempts");
        Assert.Equal((1, 0), (_store.SumOf("flush.a"), _store.SumOf("flush.b")));
        Assert.Equal(2UL, await _host.NeededFromAsync("node-1", TimeSpan.Zero, CancellationToken.None));
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Run_GrainsMoveElsewhere_AreFlushedAtOnce()
    {
        IGrainHost moving = MovingHost.Around(_host);
        var limits = new GrainLimits(new MetricGrainOptions(), new Dictionary<string, int>());
        var raw = new RawArchiver(_log, () => _pipeline.DispatchedThrough, moving, _store, _store, "node-1", limits, null, _time);
        var retention = new Retention(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825));
        var flush = new FlushLoop(moving, _store, raw, _log, _meters, new FlushSettings("node-1", retention, TimeSpan.FromMinutes(65), long.MaxValue), _time, NullLogger<FlushLoop>.Instance);
        Task running = flush.RunAsync(_stop.Token);
        // The clock of the loop stands still meanwhile: no flush is due but for those that move.
        for (int i = 1; i <= 3; i++)
        {
            await SendAsync(Observed.Counter("move", "", _time.NowMs - (2 * Resolution.OneMinute), 1));
            int expected = i;
            await Eventually.TrueAsync(() => _store.SumOf("move") == expected, $"{expected} samples are in the store");
        }
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task FlushEverything_OpenMinutesAndRaw_AreAllInTheStoreOnce()
    {
        await SendAsync(Observed.Counter("stop.a", "", _time.NowMs, 1), Observed.Counter("stop.a", "", _time.NowMs - Resolution.OneHour, 2), Observed.Counter("stop.a", "", _time.NowMs + Resolution.FiveMinutes, 4));

        await _flush.FlushEverythingAsync(CancellationToken.None);
        await _flush.FlushEverythingAsync(CancellationToken.None);

        Assert.Equal((7, 7), (_store.SumOf("stop.a"), _store.RawSumOf("stop.a")));
        Assert.Equal(2UL, _log.ReleasedBelow);
    }

    [Fact]
    public async Task FlushEverything_StoreFails_EndsWithoutAnError()
    {
        await SendAsync(Observed.Counter("stop.b", "", _time.NowMs, 1));
        _store.FailsBefore = true;

        await _flush.FlushEverythingAsync(CancellationToken.None);

        Assert.Equal(0, _store.SumOf("stop.b"));
        Assert.Equal(0UL, _log.ReleasedBelow);
    }

    [Fact]
    public async Task Run_OpenMinute_KeepsItsRecordsInTheLog()
    {
        await SendAsync(Observed.Counter("keep.old", "", _time.NowMs - (2 * Resolution.OneMinute), 1));
        await SendAsync(Observed.Counter("keep.open", "", _time.NowMs + Resolution.FiveMinutes, 1));
        Task running = _flush.RunAsync(_stop.Token);
        await Eventually.TrueAsync(() => _store.Derived > 0, "hours are derived, and then the log is released");
        await Eventually.TrueAsync(() => _store.SumOf("keep.old") == 1, "the closed minute is stored");

        Assert.True(_log.ReleasedBelow <= 1, "raw samples are not archived yet, and the second record's minute is open");
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task FlushEverything_MoreRowsThanGoAtOnce_GoInPartsAndEachOnce()
    {
        // 130,000 rows of each of three metrics: two of them are more than 200,000.
        const int series = 1_300, minutes = 100;
        await using var host = new InProcessGrainHost(2, new GrainLimits(new MetricGrainOptions(), new Dictionary<string, int>()), [], long.MinValue, "node-1", _time);
        var raw = new RawArchiver(_log, () => 0, host, _store, _store, "node-1", new GrainLimits(new MetricGrainOptions(), new Dictionary<string, int>()), null, _time);
        var retention = new Retention(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825));
        var flush = new FlushLoop(host, _store, raw, _log, _meters, new FlushSettings("node-1", retention, TimeSpan.FromMinutes(65), long.MaxValue), _time, NullLogger<FlushLoop>.Instance);
        for (int metric = 0; metric < 3; metric++)
        {
            byte[] batch = Observed.Batch(from s in Enumerable.Range(0, series) from m in Enumerable.Range(1, minutes) select Observed.Counter($"parts.{metric}", $"s:{s}", _time.NowMs - (m * Resolution.OneMinute), 1));
            await host.AppendAsync(batch, new BatchOrigin("node-1", (ulong)metric + 1), CancellationToken.None);
        }
        Assert.True(await host.PendingBytesAsync(CancellationToken.None) > 0, "those before the live window are rows already");

        await flush.FlushEverythingAsync(CancellationToken.None);

        Assert.Equal([1, 1, 1], _store.Attempts.Select(a => a.Count));
        Assert.All(Enumerable.Range(0, 3), m => Assert.Equal(series * minutes, _store.SumOf($"parts.{m}")));
        Assert.Equal(0, await host.PendingBytesAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Run_LateSamplesWhileTheStoreFails_MergeInsteadOfPilingUp()
    {
        long minute = _time.NowMs - (2 * Resolution.OneMinute);
        await SendAsync(Observed.Counter("pile", "", minute, 1));
        _store.FailsBefore = true;
        Task running = _flush.RunAsync(_stop.Token);
        await AdvanceUntilAsync(() => _store.Attempts.Count >= 1, "an attempt");
        for (int i = 0; i < 5; i++)
        {
            await SendAsync(Observed.Counter("pile", "", minute, 1));
            int before = _store.Attempts.Count;
            await AdvanceUntilAsync(() => _store.Attempts.Count > before, "another attempt");
        }
        _store.FailsBefore = false;
        await AdvanceUntilAsync(() => _store.SumOf("pile") == 6, "the store has everything");
        Assert.Equal(2, _store.Flushes.Where(f => f.Metric == "pile").Sum(f => f.Rows.Count));
        await _stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task FlushEverything_LogBeyondItsShare_IsReleasedHoweverYoung()
    {
        var raw = new RawArchiver(_log, () => _pipeline.DispatchedThrough, _host, _store, _store, "node-1", new GrainLimits(new MetricGrainOptions(), new Dictionary<string, int>()), null, _time);
        var retention = new Retention(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825));
        var tight = new FlushLoop(_host, _store, raw, _log, _meters, new FlushSettings("node-1", retention, TimeSpan.FromMinutes(65), KeepLogBytes: 1), _time, NullLogger<FlushLoop>.Instance);
        await SendAsync(Observed.Counter("young", "", _time.NowMs, 1));

        await tight.FlushEverythingAsync(CancellationToken.None);

        Assert.Equal((2UL, long.MaxValue), (_log.ReleasedBelow, _log.ReleasedOlderThan));
    }

    private static IEnumerable<string> Rows(IReadOnlyList<RollupFlush> flushes) =>
        flushes.OrderBy(f => f.Metric, StringComparer.Ordinal).SelectMany(f => f.Rows.Select(r => $"{f.Metric} {f.Series[r.Series].Tags} {r.BucketMs} {r.Aggregate.Sum}").Concat(f.Cursors.Select(c => c.ToString())));

    /// <summary>Flushes are due every ten seconds; the loop looks every second of the machine's.</summary>
    private Task AdvanceUntilAsync(Func<bool> condition, string what)
    {
        DateTime next = DateTime.UtcNow;
        return Eventually.TrueAsync(() =>
        {
            if (DateTime.UtcNow >= next)
            {
                next = DateTime.UtcNow.AddMilliseconds(500);
                _time.Advance(TimeSpan.FromSeconds(10));
            }
            return condition();
        }, what);
    }

    private async Task SendAsync(params Observed[] samples)
    {
        Assert.True(_pipeline.TrySubmit(Observed.Builder(samples), out Task<AppendResult> done));
        Assert.Equal(samples.Length, (await done).Accepted);
    }
}
