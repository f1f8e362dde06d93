using MetricsGrains.Contracts;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Tests.Ingest;

public sealed class IngestPipelineTests : IDisposable
{
    private readonly FakeLog _log = new();
    private readonly RecordingGrains _grains = new();
    private readonly IngestMeters _meters = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task Submit_FromManyThreads_IsHandedOverInTheOrderOfTheLog()
    {
        await using IngestPipeline pipeline = New(64 << 20);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(async () =>
        {
            for (int i = 0; i < 200; i++)
            {
                Assert.True(pipeline.TrySubmit(One(thread * 1000 + i), out Task<AppendResult> done));
                if (i % 10 == 0)
                {
                    await done;
                }
            }
        })));
        await pipeline.StopAsync();

        Assert.Equal(Enumerable.Range(1, 800).Select(i => (ulong)i), _grains.Handed.Select(h => h.Sequence));
        Assert.Equal(800UL, pipeline.DispatchedThrough);
        Assert.Equal(0, pipeline.QueuedBytes);
        // What the grains got is what the log has under that number.
        int n = 0;
        await foreach (LogRecord record in _log.ReadAsync(0, CancellationToken.None))
        {
            Assert.Equal(record.Batch.ToArray(), _grains.Handed[n++].Batch);
        }
    }

    [Fact]
    public async Task Submit_BeforeTheLogIsDurable_IsNotDoneAndNotHandedOver()
    {
        _log.Hangs = true;
        await using IngestPipeline pipeline = New(64 << 20);
        Assert.True(pipeline.TrySubmit(One(1), out Task<AppendResult> first));
        Assert.True(pipeline.TrySubmit(One(2), out Task<AppendResult> second));
        await Task.Yield();

        Assert.False(first.IsCompleted || second.IsCompleted);
        Assert.Empty(_grains.Handed);
        _log.Complete(1);
        await first;
        Assert.False(second.IsCompleted);
        _log.Complete();
        await second;
    }

    [Fact]
    public async Task Submit_BeforeTheGrainsHaveIt_IsNotDone()
    {
        var gate = new TaskCompletionSource();
        _grains.Gate = gate.Task;
        await using IngestPipeline pipeline = New(64 << 20);
        Assert.True(pipeline.TrySubmit(One(1), out Task<AppendResult> done));
        await Eventually.TrueAsync(() => pipeline.DispatchedThrough == 1, "the batch is handed over");

        Assert.False(done.IsCompleted);
        Assert.True(pipeline.QueuedBytes > 0);
        gate.SetResult();
        Assert.Equal(1, (await done).Accepted);
    }

    [Fact]
    public async Task Submit_MoreBytesThanTheBound_IsRefusedUntilThereIsRoom()
    {
        _log.Hangs = true;
        SampleBatchBuilder batch = One(1);
        int size = batch.MaxEncodedLength();
        await using IngestPipeline pipeline = New(size * 3);

        Assert.All(Enumerable.Range(0, 3), _ => Assert.True(pipeline.TrySubmit(batch, out Task<AppendResult> _)));
        Assert.False(pipeline.TrySubmit(batch, out Task<AppendResult> _));
        Assert.Equal(size * 3, pipeline.QueuedBytes);
        Task room = pipeline.WaitForRoomAsync(CancellationToken.None);
        Assert.False(room.IsCompleted);
        Assert.False(pipeline.TrySubmit(batch, out Task<AppendResult> _));
        Assert.False(room.IsCompleted, "a refusal makes no room");

        _log.Complete(1);
        await room;
        await Eventually.TrueAsync(() => pipeline.QueuedBytes == size * 2, "one is done");
        Assert.True(pipeline.TrySubmit(batch, out Task<AppendResult> _));
        _log.Hangs = false;
        _log.Complete();
    }

    [Fact]
    public async Task WaitForRoom_NotEnoughForTheBatch_WaitsForSomethingToBeDone()
    {
        _log.Hangs = true;
        SampleBatchBuilder batch = One(1);
        await using IngestPipeline pipeline = New((batch.MaxEncodedLength() * 3) - 1);
        Assert.True(pipeline.TrySubmit(batch, out Task<AppendResult> _));
        Assert.True(pipeline.TrySubmit(batch, out Task<AppendResult> _));
        Assert.False(pipeline.TrySubmit(batch, out Task<AppendResult> _));

        // Bytes are free, only not enough of them: a sender that asked again at once would spin.
        Task room = pipeline.WaitForRoomAsync(CancellationToken.None);
        Assert.False(room.IsCompleted);
        _log.Complete();
        await room;
        await Eventually.TrueAsync(() => pipeline.QueuedBytes == 0, "all is done");
        await pipeline.WaitForRoomAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Submit_LargerThanTheBound_GoesAlone()
    {
        _log.Hangs = true;
        await using IngestPipeline pipeline = New(10);
        Assert.True(pipeline.TrySubmit(One(1), out Task<AppendResult> done));
        Assert.False(pipeline.TrySubmit(One(2), out Task<AppendResult> _));
        _log.Hangs = false;
        _log.Complete();
        await done;
        await Eventually.TrueAsync(() => pipeline.QueuedBytes == 0, "the large one is done");
        Assert.True(pipeline.TrySubmit(One(2), out Task<AppendResult> _));
    }

    [Fact]
    public async Task Submit_LogFails_FailsThatBatchAndNotTheNext()
    {
        await using IngestPipeline pipeline = New(64 << 20);
        _log.Failure = new LogUnavailableException("disk full");
        Assert.True(pipeline.TrySubmit(One(1), out Task<AppendResult> failed));
        await Assert.ThrowsAsync<LogUnavailableException>(() => failed);
        _log.Failure = null;
        Assert.True(pipeline.TrySubmit(One(2), out Task<AppendResult> done));
        await done;

        Assert.Equal([2UL], _grains.Handed.Select(h => h.Sequence));
        Assert.Equal(0, pipeline.QueuedBytes);
    }

    [Fact]
    public async Task Submit_TooMuchWaitsForTheStore_IsRefusedUntilItDoesNot()
    {
        var backlog = new StoreBacklog(1_000);
        await using var pipeline = new IngestPipeline(_log, _grains, "node-1", 64 << 20, _meters, TimeProvider.System, backlog);
        backlog.Measured(1_000);
        Assert.True(pipeline.TrySubmit(One(1), out Task<AppendResult> refused));
        LogUnavailableException error = await Assert.ThrowsAsync<LogUnavailableException>(() => refused);
        Assert.Contains("Limits:PendingBytes", error.Message, StringComparison.Ordinal);
        Assert.Equal((error.Message, 0L, 0), (pipeline.Refusal, pipeline.QueuedBytes, _log.Appended));

        backlog.Measured(999);
        Assert.True(pipeline.TrySubmit(One(2), out Task<AppendResult> done));
        await done;
        Assert.Null(pipeline.Refusal);
    }

    [Fact]
    public async Task Refusal_LogFails_IsSaidUntilItTakesABatch()
    {
        await using IngestPipeline pipeline = New(64 << 20);
        _log.Failure = new LogUnavailableException("disk full");
        pipeline.TrySubmit(One(1), out Task<AppendResult> failed);
        await Assert.ThrowsAsync<LogUnavailableException>(() => failed);
        Assert.Equal("disk full", pipeline.Refusal);
        _log.Failure = null;
        pipeline.TrySubmit(One(2), out Task<AppendResult> done);
        await done;
        Assert.Null(pipeline.Refusal);
    }

    [Fact]
    public async Task Refusal_ASmallerBatchFitsStill_IsSaidUntilOneAsLargeIsTakenOrNoneIsRefusedForTenSeconds()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        await using var pipeline = new IngestPipeline(_log, _grains, "node-1", 64 << 20, _meters, time);
        SampleBatchBuilder large = Observed.Builder([.. Enumerable.Range(0, 100).Select(i => Observed.Gauge("pipeline", $"n:{i}", 1_700_000_000_000, i))]);
        foreach (bool isPatient in (bool[])[false, true])
        {
            _log.Failure = new LogUnavailableException("the log is full");
            pipeline.TrySubmit(large, out Task<AppendResult> failed);
            await Assert.ThrowsAsync<LogUnavailableException>(() => failed);
            _log.Failure = null;
            pipeline.TrySubmit(One(1), out Task<AppendResult> done);
            await done;
            Assert.Equal("the log is full", pipeline.Refusal);

            if (isPatient)
            {
                time.Advance(TimeSpan.FromSeconds(10));
            }
            else
            {
                pipeline.TrySubmit(large, out done);
                await done;
            }
            Assert.Null(pipeline.Refusal);
        }
    }

    [Fact]
    public async Task Submit_EmptyBatch_IsDoneAtOnceAndNotLogged()
    {
        await using IngestPipeline pipeline = New(64 << 20);

        Assert.True(pipeline.TrySubmit(new SampleBatchBuilder(), out Task<AppendResult> done));
        Assert.Equal(0, (await done).Accepted);
        Assert.Equal(0, _log.Appended);
    }

    [Fact]
    public async Task Stop_WithBatchesUnderWay_FinishesThemAndTakesNoMore()
    {
        _log.Hangs = true;
        IngestPipeline pipeline = New(64 << 20);
        Task<AppendResult>[] taken = [.. Enumerable.Range(0, 10).Select(i =>
        {
            Assert.True(pipeline.TrySubmit(One(i), out Task<AppendResult> done));
            return done;
        })];
        Task stopping = pipeline.StopAsync();

        Assert.False(pipeline.TrySubmit(One(11), out Task<AppendResult> _));
        Assert.False(stopping.IsCompleted);
        _log.Complete();
        await stopping;
        Assert.All(taken, t => Assert.True(t.IsCompletedSuccessfully));
        Assert.Equal(10, _grains.Handed.Count);
    }

    private IngestPipeline New(long maxBytes) => new(_log, _grains, "node-1", maxBytes, _meters, TimeProvider.System);

    private static SampleBatchBuilder One(double value) => Observed.Builder(Observed.Gauge("pipeline", "", 1_700_000_000_000, value));
}
