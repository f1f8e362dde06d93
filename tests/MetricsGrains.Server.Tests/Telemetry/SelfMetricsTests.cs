using System.Diagnostics.Metrics;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Ingest;
using MetricsGrains.Server.Telemetry;

namespace MetricsGrains.Server.Tests.Telemetry;

public sealed class SelfMetricsTests
{
    [Fact]
    public async Task Run_WhatThePipelineCounts_ArrivesAsMetricsOfTheNode()
    {
        await using var host = new InProcessGrainHost(2, new GrainLimits(new MetricGrainOptions(), new Dictionary<string, int>()), [], long.MinValue, "node-1", TimeProvider.System);
        using var meters = new IngestMeters();
        await using var pipeline = new IngestPipeline(new FakeLog(), host, "node-1", 64 << 20, meters, TimeProvider.System);
        using var self = new SelfMetrics(meters, "the-node", TimeProvider.System);
        using var stop = new CancellationTokenSource();
        meters.Observe("metricsgrains.test.gauge", "By", "A figure", () => 42);
        meters.Rejected("bad_value", 7);
        meters.Flushed(12, 3);

        Task running = self.RunAsync(pipeline, stop.Token);
        await Eventually.TrueAsync(() => host.DescribeAsync("metricsgrains.flush.duration", CancellationToken.None).AsTask().GetAwaiter().GetResult() is not null, "the first second's figures");
        await stop.CancelAsync();
        await running;

        MetricSummary? rejected = await host.DescribeAsync("metricsgrains.ingest.rejected", CancellationToken.None), gauge = await host.DescribeAsync("metricsgrains.test.gauge", CancellationToken.None), flush = await host.DescribeAsync("metricsgrains.flush.duration", CancellationToken.None);
        Assert.Equal((MetricKind.Counter, MetricKind.Gauge, MetricKind.Histogram), (rejected?.Kind, gauge?.Kind, flush?.Kind));
        Assert.Equal(("By", "ms"), (gauge?.Unit, flush?.Unit));
        Assert.Contains(await host.ListSeriesAsync("metricsgrains.ingest.rejected", 10, CancellationToken.None), s => s.Tags.ToString() == "node:the-node,reason:bad_value");
    }

    [Fact]
    public void Drain_Counter_GivesWhatWasAddedSinceTheLastAndZeroAfter()
    {
        using var meter = new Meter("SelfMetricsTests");
        Counter<long> counter = meter.CreateCounter<long>("c");
        var table = new InstrumentTable("n");
        table.Record(counter, 3, []);
        table.Record(counter, 4, []);

        Assert.Equal([7, 0, 5], (double[])[Drain(table), Drain(table), Drain(table, () => table.Record(counter, 5, []))]);
        Assert.Equal(12, Assert.Single(table.Snapshot()).Value);
    }

    [Fact]
    public void Record_EndlessTagValues_KeepsABoundedNumberOfSeries()
    {
        using var meter = new Meter("SelfMetricsTests");
        Counter<long> counter = meter.CreateCounter<long>("c");
        var table = new InstrumentTable("n");
        for (int i = 0; i < 10_000; i++)
        {
            table.Record(counter, 1, [new("path", i)]);
        }
        Assert.InRange(table.Snapshot().Count, 100, 1_000);
    }

    [Fact]
    public void Record_NotFinite_IsLeftOut()
    {
        using var meter = new Meter("SelfMetricsTests");
        Histogram<double> histogram = meter.CreateHistogram<double>("h");
        var table = new InstrumentTable("n");
        table.Record(histogram, double.NaN, []);
        table.Record(histogram, double.PositiveInfinity, []);
        table.Record(histogram, 2, []);

        InstrumentSnapshot snapshot = Assert.Single(table.Snapshot());
        Assert.Equal((1, 2), (snapshot.Count, snapshot.Sum));
    }

    private static double Drain(InstrumentTable table, Action? before = null)
    {
        before?.Invoke();
        var batch = new SampleBatchBuilder();
        table.Drain(batch, 1_700_000_000_000);
        byte[] bytes = batch.ToArray();
        Assert.True(SampleBatch.TryRead(bytes, out SampleBatch read));
        double sum = 0;
        foreach (SliceLocation location in read)
        {
            Assert.True(SampleSlice.TryRead(bytes.AsSpan(location.Offset, location.Length), out SampleSlice slice));
            foreach (SampleSlice.Sample sample in slice.Samples)
            {
                sum += sample.Value;
            }
        }
        return sum;
    }
}
