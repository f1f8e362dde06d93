using System.Text;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Ingest;

/// <summary>From bytes to windows a known series' sample allocates nothing: neither in the lane that parses it nor in the grain that keeps it.</summary>
public sealed class HotPathTests
{
    private const int Series = 500;
    private const int Rounds = 20;

    [Fact]
    public async Task Process_KnownSeries_AllocatesNothing()
    {
        await using var host = new InProcessGrainHost(1, new GrainLimits(new MetricGrainOptions(), new Dictionary<string, int>()), [], long.MinValue, "node-1", TimeProvider.System);
        using var meters = new IngestMeters();
        await using var pipeline = new IngestPipeline(new FakeLog(), host, "node-1", 64 << 20, meters, TimeProvider.System);
        var lane = new StatsDLane(pipeline, meters, new StatsDRules(null, long.MaxValue / 4, long.MaxValue / 4), new AnnotationLog(new FakeAnnotations(), meters, TimeProvider.System, NullLogger<AnnotationLog>.Instance), TimeProvider.System);
        byte[] chunk = Lines();
        for (int i = 0; i < Rounds + 5; i++)
        {
            lane.Process(chunk, isWhole: true, StatsDTransport.Tcp);
        }
        lane.Batch.Clear();
        lane.Process(chunk, isWhole: true, StatsDTransport.Tcp);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rounds; i++)
        {
            lane.Process(chunk, isWhole: true, StatsDTransport.Tcp);
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Series * (Rounds + 1), lane.Batch.SampleCount);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Append_KnownSeries_AllocatesNothing()
    {
        const long now = 1_776_416_400_000;
        var batch = new SampleBatchBuilder();
        byte[] name = "api.latency"u8.ToArray();
        for (int i = 0; i < Series; i++)
        {
            TagSet tags = TagSet.Of(("host", $"h{i}"));
            SeriesRef series = batch.AddSeries(name, MetricKind.Distribution, "ms"u8, tags.Canonical, SeriesId.Of(name, tags.Canonical));
            batch.Add(series, now, 100 + i);
        }
        byte[] bytes = batch.ToArray();
        var grain = new MetricGrain("api.latency", MetricKind.Distribution, "ms", new MetricGrainOptions(), [], long.MinValue, now, new TagSetPool(), new WindowSealer());
        var refusals = new List<Refusal>();
        ulong sequence = 0;
        for (int i = 0; i < 5; i++)
        {
            Append(grain, bytes, ++sequence, now, refusals);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        long accepted = 0;
        for (int i = 0; i < Rounds; i++)
        {
            accepted += Append(grain, bytes, ++sequence, now, refusals);
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Series * Rounds, accepted);
        Assert.Equal(0, allocated);
    }

    private static long Append(MetricGrain grain, byte[] bytes, ulong sequence, long now, List<Refusal> refusals)
    {
        long accepted = 0;
        SampleBatch.TryRead(bytes, out SampleBatch batch);
        foreach (SliceLocation location in batch)
        {
            SampleSlice.TryRead(bytes.AsSpan(location.Offset, location.Length), out SampleSlice slice);
            accepted += grain.Append(in slice, location.Index, new BatchOrigin("node-1", sequence), now, refusals);
        }
        return accepted;
    }

    private static byte[] Lines()
    {
        var text = new StringBuilder();
        for (int i = 0; i < Series; i++)
        {
            string type = (i % 4) switch { 0 => "c", 1 => "g", 2 => "ms", _ => "s" };
            text.Append($"api.{type}:{i}|{type}|#env:production,host:h{i}\n");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
