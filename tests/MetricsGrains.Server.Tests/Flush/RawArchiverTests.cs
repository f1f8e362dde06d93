using MetricsGrains.Contracts;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Flush;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Options;

namespace MetricsGrains.Server.Tests.Flush;

public sealed class RawArchiverTests : IAsyncLifetime
{
    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());
    private readonly FakeLog _log = new();
    private readonly FakeStore _store = new();
    private readonly IngestMeters _meters = new();
    private InProcessGrainHost _host = null!;
    private IngestPipeline _pipeline = null!;
    private GrainLimits _limits = null!;
    private ulong? _handed;

    public Task InitializeAsync()
    {
        Start(CardinalityPolicy.Refuse);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _pipeline.StopAsync();
        await _host.DisposeAsync();
        _meters.Dispose();
    }

    [Fact]
    public async Task Archive_RefusedSeries_AreLeftOut()
    {
        await SendAsync([.. Enumerable.Range(0, 5).Select(i => Observed.Counter("raw", $"user:{i}", _time.NowMs, Math.Pow(10, i)))]);

        await NewArchiver().ArchiveAsync(CancellationToken.None);

        Assert.Equal(11, _store.RawSumOf("raw"));
    }

    [Fact]
    public async Task Archive_OverflowingSeries_AreFoldedIntoOne()
    {
        await DisposeHostAsync();
        Start(CardinalityPolicy.Overflow);
        await SendAsync([.. Enumerable.Range(0, 5).Select(i => Observed.Counter("raw", $"user:{i}", _time.NowMs + i, Math.Pow(10, i)))]);

        await NewArchiver().ArchiveAsync(CancellationToken.None);

        Assert.Equal(11_111, _store.RawSumOf("raw"));
        RawBlock overflow = Assert.Single(_store.Blocks, b => b.Series.Tags.ToString() == "__overflow__:true");
        Assert.Equal([100, 1_000, 10_000], overflow.Values);
        Assert.Equal(SeriesId.Of("raw"u8, overflow.Series.Tags.Canonical), overflow.Series.Id);
    }

    [Fact]
    public async Task Archive_SamplesOfARefusedKind_AreLeftOutWhicheverCameFirst()
    {
        await SendAsync(Observed.Gauge("raw", "", _time.NowMs, 1));
        RawArchiver archiver = NewArchiver();
        await archiver.ArchiveAsync(CancellationToken.None);
        // In what is archived next the wrong kind comes first.
        await SendAsync(Observed.Counter("raw", "", _time.NowMs, 100));
        await SendAsync(Observed.Gauge("raw", "", _time.NowMs, 10));

        await archiver.ArchiveAsync(CancellationToken.None);

        Assert.Equal(11, _store.RawSumOf("raw"));
        Assert.All(_store.Blocks, b => Assert.Equal(MetricKind.Gauge, b.Series.Kind));
    }

    [Fact]
    public async Task Archive_AgainAndAfterARestart_EverySampleIsThereOnce()
    {
        RawArchiver archiver = NewArchiver();
        await SendAsync(Observed.Counter("raw", "", _time.NowMs, 1));
        await archiver.ArchiveAsync(CancellationToken.None);
        await archiver.ArchiveAsync(CancellationToken.None);
        await SendAsync(Observed.Counter("raw", "", _time.NowMs, 2));
        await archiver.ArchiveAsync(CancellationToken.None);

        // The next process knows the store's cursor and nothing else.
        RawArchiver next = NewArchiver();
        Assert.Equal(archiver.NeededFrom, next.NeededFrom);
        await SendAsync(Observed.Counter("raw", "", _time.NowMs, 4));
        await next.ArchiveAsync(CancellationToken.None);

        Assert.Equal(7, _store.RawSumOf("raw"));
        Assert.Equal(4UL, next.NeededFrom);
    }

    /// <summary>Two processes read one log, and one does not know how far the other is.</summary>
    [Fact]
    public async Task Archive_BesideAnotherArchiverOfTheSameLog_EverySampleIsThereOnce()
    {
        Task<ulong> NeededFrom(ulong next, CancellationToken cancel) => Task.FromResult(next - 1);
        RawArchiver first = NewArchiver(neededFrom: NeededFrom), second = NewArchiver(neededFrom: NeededFrom);
        await SendAsync(Observed.Counter("raw", "", _time.NowMs, 1));
        await first.ArchiveAsync(CancellationToken.None);
        await SendAsync(Observed.Counter("raw", "", _time.NowMs, 2));
        await second.ArchiveAsync(CancellationToken.None);
        Assert.Equal(1, _store.RawSumOf("raw"));

        RawArchiver third = NewArchiver(neededFrom: NeededFrom);
        await third.ArchiveAsync(CancellationToken.None);
        await first.ArchiveAsync(CancellationToken.None);

        Assert.Equal(3, _store.RawSumOf("raw"));
        FlushCursor cursor = _store.Cursors.Single(c => c.Stream == FlushStream.Raw);
        Assert.Equal((2UL, 2UL), (cursor.ReplayFrom, cursor.AppliedThrough));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task Archive_WriteOfUnknownOutcome_EverySampleIsThereOnce(bool afterWriting, bool restart)
    {
        RawArchiver archiver = NewArchiver();
        await SendAsync(Observed.Counter("raw", "", _time.NowMs, 1));
        _store.FailsAfter = afterWriting;
        _store.FailsBefore = !afterWriting;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => archiver.ArchiveAsync(CancellationToken.None));
        Assert.Equal(1UL, archiver.NeededFrom);

        // More has come and time has passed when it is tried again.
        await SendAsync(Observed.Counter("raw", "", _time.NowMs, 2));
        _time.Advance(TimeSpan.FromMinutes(1));
        _store.FailsAfter = _store.FailsBefore = false;
        await (restart ? NewArchiver() : archiver).ArchiveAsync(CancellationToken.None);

        Assert.Equal(3, _store.RawSumOf("raw"));
    }

    [Fact]
    public async Task Archive_RecordNotYetWithTheGrains_WaitsForIt()
    {
        RawArchiver archiver = NewArchiver();
        _handed = 0;
        await SendAsync(Observed.Counter("raw", "", _time.NowMs, 1));
        await archiver.ArchiveAsync(CancellationToken.None);
        Assert.Empty(_store.Blocks);

        _handed = null;
        await archiver.ArchiveAsync(CancellationToken.None);
        Assert.Equal(1, _store.RawSumOf("raw"));
    }

    [Fact]
    public async Task Archive_SamplesOutOfOrderAndWeighted_AreSortedWithTheirWeights()
    {
        long now = _time.NowMs;
        await SendAsync(new Observed("raw", MetricKind.Distribution, "", now, 1), new Observed("raw", MetricKind.Distribution, "", now - 5, 2, Weight: 4), new Observed("raw", MetricKind.Distribution, "", now, 3));

        await NewArchiver().ArchiveAsync(CancellationToken.None);

        RawBlock block = Assert.Single(_store.Blocks);
        Assert.Equal([now - 5, now, now], block.Times);
        Assert.Equal([2, 1, 3], block.Values);
        Assert.Equal([4.0, 1, 1], block.Weights);
    }

    /// <summary>Rollups come from the grains and know nothing of it: see what the flush hands over.</summary>
    [Fact]
    public async Task Archive_RawDetail_IsLeftOutOrKeptForItsTime()
    {
        long now = _time.NowMs, hour = 3_600_000;
        var detail = new RawDetail([new RawDetailRule("raw.none.*", TimeSpan.Zero), new RawDetailRule("raw.brief", TimeSpan.FromHours(2))]);
        await SendAsync(
            Observed.Counter("raw.none.a", "", now, 1), Observed.Counter("raw.brief", "k:v", now, 2), Observed.Counter("raw.brief", "k:v", now - (3 * hour), 4),
            Observed.Counter("raw.brief", "k:late", now - (30 * hour), 8), Observed.Counter("raw.all", "", now - (30 * hour), 16));

        await NewArchiver(detail).ArchiveAsync(CancellationToken.None);

        Assert.Equal([("raw.all", null, 16.0), ("raw.brief", TimeSpan.FromHours(2), 2)], _store.Blocks.Select(b => (b.Series.Metric, b.Keep, b.Values.Sum())).Order());
        Assert.Equal(2UL, NewArchiver(detail).NeededFrom);
        IReadOnlyList<RollupFlush> flushes = await _host.TakeFlushesAsync(everything: true, CancellationToken.None);
        Assert.Equal([("raw.all", 16.0), ("raw.brief", 14), ("raw.none.a", 1)], flushes.Select(f => (f.Metric, f.Rows.Sum(r => r.Aggregate.Sum))).Order());
    }

    [Fact]
    public async Task Archive_OnlySamplesWhoseTimeIsOver_MovesTheCursor()
    {
        await SendAsync(Observed.Counter("raw", "", _time.NowMs - (6 * 86_400_000L), 1));
        _time.Advance(TimeSpan.FromDays(2));

        await NewArchiver().ArchiveAsync(CancellationToken.None);

        Assert.Empty(_store.Blocks);
        Assert.Equal(2UL, NewArchiver().NeededFrom);
    }

    private void Start(CardinalityPolicy policy)
    {
        _limits = new GrainLimits(new MetricGrainOptions { MaxSeries = 2, Policy = policy }, new Dictionary<string, int>());
        _host = new InProcessGrainHost(2, _limits, [], long.MinValue, "node-1", _time);
        _pipeline = new IngestPipeline(_log, _host, "node-1", 64 << 20, _meters, TimeProvider.System);
    }

    private async Task DisposeHostAsync()
    {
        await _pipeline.StopAsync();
        await _host.DisposeAsync();
    }

    private RawArchiver NewArchiver(RawDetail? detail = null, Func<ulong, CancellationToken, Task<ulong>>? neededFrom = null) => new(_log, () => _handed ?? _pipeline.DispatchedThrough, _host, _store, _store, "node-1", _limits, _store.Cursors.FirstOrDefault(c => c.Stream == FlushStream.Raw), _time, detail: detail, neededFrom: neededFrom);

    private async Task SendAsync(params Observed[] samples)
    {
        Assert.True(_pipeline.TrySubmit(Observed.Builder(samples), out Task<AppendResult> done));
        await done;
    }
}
