using MetricsGrains.Contracts;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Ingest;

namespace MetricsGrains.Server.Tests.Ingest;

/// <summary>A pipeline that acknowledges what a second machine has.</summary>
public sealed class CopiedPipelineTests : IDisposable
{
    private readonly FakeLog _log = new();
    private readonly RecordingGrains _grains = new();
    private readonly IngestMeters _meters = new();
    private readonly HeldCopies _copies = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task Submit_BeforeTheCopyHasIt_IsNeitherDoneNorWithTheGrains()
    {
        await using IngestPipeline pipeline = New();
        Assert.True(pipeline.TrySubmit(One(1), out Task<AppendResult> first));
        Assert.True(pipeline.TrySubmit(One(2), out Task<AppendResult> second));
        await Eventually.TrueAsync(() => _copies.Waiting == 2, "both are being copied at once");
        Assert.False(first.IsCompleted);
        Assert.Empty(_grains.Handed);

        _copies.Complete(1);
        await first;
        Assert.False(second.IsCompleted);
        Assert.Equal([1UL], _grains.Handed.Select(h => h.Sequence));
        _copies.Complete(1);
        await second;
        Assert.Equal([1UL, 2UL], _grains.Handed.Select(h => h.Sequence));
    }

    [Fact]
    public async Task Submit_NoCopyCanBeMade_IsRefusedBeforeItIsLogged()
    {
        await using IngestPipeline pipeline = New();
        _copies.Refusal = "no second silo is up";
        Assert.True(pipeline.TrySubmit(One(1), out Task<AppendResult> refused));
        Assert.Equal("no second silo is up", (await Assert.ThrowsAsync<LogUnavailableException>(() => refused)).Message);
        Assert.Equal(("no second silo is up", 0, 0L), (pipeline.Refusal, _log.Appended, pipeline.QueuedBytes));
    }

    [Fact]
    public async Task Stop_WithoutACopy_TheGrainsHaveItAndItsSenderHearsThatItIsInDoubt()
    {
        IngestPipeline pipeline = New();
        Assert.True(pipeline.TrySubmit(One(1), out Task<AppendResult> done));
        await pipeline.StopAsync();
        await Assert.ThrowsAsync<LogCopyException>(() => done);
        Assert.Equal([1UL], _grains.Handed.Select(h => h.Sequence));
        Assert.Equal(0, pipeline.QueuedBytes);
    }

    private IngestPipeline New() => new(_log, _grains, "node-1", 64 << 20, _meters, TimeProvider.System, copies: _copies);

    private static SampleBatchBuilder One(double value) => Observed.Builder(Observed.Gauge("pipeline", "", 1_700_000_000_000, value));
}
