using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Grains;

public sealed class MetricGrainTests
{
    private const long Start = GrainFeed.Start;
    private static readonly TagSet s_tags = TagSet.Of(("host", "a"));

    [Theory]
    [InlineData(new double[] { 100, 110, 130 }, 30)]
    [InlineData(new double[] { 100, 110, 5, 7 }, 17)] // restarted: 10, then all of 5, then 2
    [InlineData(new double[] { 100, 0, 0, 1 }, 1)]
    [InlineData(new double[] { 100 }, 0)]
    public void Append_RunningTotals_GiveTheRiseAcrossResets(double[] totals, double increase)
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.CumulativeCounter, Start);
        for (int i = 0; i < totals.Length; i++)
        {
            GrainFeed.Send(grain, s_tags, Start + (i * 1000), totals[i], Start);
        }
        Assert.Equal(increase, GrainFeed.Points(grain, Start, Start + 60_000, Resolution.OneMinute, Start).Sum(p => p.Aggregate.Increase));
    }

    [Fact]
    public void Append_OlderTotalThanTheNewest_AddsNothing()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.CumulativeCounter, Start);
        GrainFeed.Send(grain, s_tags, Start + 1000, 100, Start);
        GrainFeed.Send(grain, s_tags, Start + 3000, 130, Start);
        GrainFeed.Send(grain, s_tags, Start + 2000, 110, Start);
        GrainFeed.Send(grain, s_tags, Start + 4000, 131, Start);
        Assert.Equal(31, Assert.Single(GrainFeed.Points(grain, Start, Start + 60_000, Resolution.OneMinute, Start)).Aggregate.Increase);
    }

    [Fact]
    public void Append_AnotherKind_IsRefusedAndLeavesTheRecordForTheRightOne()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Counter, Start);
        var batch = new SampleBatchBuilder();
        batch.Add(GrainFeed.AddSeries(batch, MetricKind.Gauge, s_tags), Start, 1);
        batch.Add(GrainFeed.AddSeries(batch, MetricKind.Gauge, s_tags), Start, 2);
        batch.Add(GrainFeed.AddSeries(batch, MetricKind.Counter, s_tags), Start, 3);
        AppendResult result = GrainFeed.Append(grain, batch.ToArray(), new BatchOrigin("node", 1), Start);
        Assert.Equal(1, result.Accepted);
        Refusal refusal = Assert.Single(result.Refusals);
        Assert.Equal((RefusalReason.KindMismatch, 2, 0), (refusal.Reason, refusal.Samples, refusal.Slice));
        Assert.Contains("counter", refusal.Detail);
        Assert.Contains("gauge", refusal.Detail);
        Assert.Contains(GrainFeed.Metric, refusal.Detail);
    }

    [Fact]
    public void Append_TooOldAndTooNew_AreRefusedAtTheVeryEdges()
    {
        var options = new MetricGrainOptions();
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start, options);
        long oldest = Start - (long)options.MaxAge.TotalMilliseconds, newest = Start + (long)options.MaxAhead.TotalMilliseconds;
        var batch = new SampleBatchBuilder();
        SeriesRef series = GrainFeed.AddSeries(batch, MetricKind.Gauge, s_tags);
        foreach (long ms in (ReadOnlySpan<long>)[oldest - 1, oldest, newest, newest + 1, 0, long.MinValue, long.MaxValue])
        {
            batch.Add(series, ms, 1);
        }
        AppendResult result = GrainFeed.Append(grain, batch.ToArray(), default, Start);
        Assert.Equal(2, result.Accepted);
        Assert.Equal(3, Assert.Single(result.Refusals, r => r.Reason == RefusalReason.TooOld).Samples);
        Assert.Equal(2, Assert.Single(result.Refusals, r => r.Reason == RefusalReason.TooNew).Samples);
    }

    [Theory]
    [InlineData(MetricKind.Gauge, double.NaN, 1)]
    [InlineData(MetricKind.Counter, double.PositiveInfinity, 1)]
    [InlineData(MetricKind.CumulativeCounter, double.NegativeInfinity, 1)]
    [InlineData(MetricKind.Distribution, double.NaN, 1)]
    [InlineData(MetricKind.Distribution, 1, 0)]
    [InlineData(MetricKind.Distribution, 1, -1)]
    [InlineData(MetricKind.Distribution, 1, double.NaN)]
    [InlineData(MetricKind.Distribution, 1, double.PositiveInfinity)]
    public void Append_WhatIsNoNumber_IsRefusedAndPoisonsNothing(MetricKind kind, double value, double weight)
    {
        MetricGrain grain = GrainFeed.NewGrain(kind, Start);
        GrainFeed.Send(grain, s_tags, Start, 5, Start);
        AppendResult result = GrainFeed.Send(grain, s_tags, Start, value, Start, weight);
        Assert.Equal(0, result.Accepted);
        Assert.Equal((RefusalReason.Malformed, 1), (Assert.Single(result.Refusals).Reason, result.Refusals[0].Samples));
        WindowAggregate only = Assert.Single(GrainFeed.Points(grain, Start, Start + 10_000, Resolution.TenSeconds, Start)).Aggregate;
        Assert.Equal((1d, 5d, 5d, 5d), (only.Count, only.Sum, only.Min, only.Max));
    }

    [Fact]
    public void Append_StaleMarker_IsTakenAndIsNoObservation()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        GrainFeed.Send(grain, s_tags, Start, 5, Start);
        AppendResult result = GrainFeed.Send(grain, s_tags, Start + 1, BitConverter.UInt64BitsToDouble(StaleMarker.Bits), Start);
        Assert.Equal(1, result.Accepted);
        Assert.Empty(result.Refusals);
        Assert.Equal(1, Assert.Single(GrainFeed.Points(grain, Start, Start + 10_000, Resolution.TenSeconds, Start)).Aggregate.Count);
    }

    [Fact]
    public void Append_DamagedHistogram_IsRefused()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Histogram, Start);
        var batch = new SampleBatchBuilder();
        SeriesRef series = GrainFeed.AddSeries(batch, MetricKind.Histogram, s_tags);
        batch.AddHistogram(series, Start, new HistogramTotals(1, 1, 1, 1), [1, 2, 3]);
        batch.AddHistogram(series, Start, new HistogramTotals(double.NaN, 1, 1, 1), [1, 6, 0, 0, 0]);
        batch.AddHistogram(series, Start, default, []);
        AppendResult result = GrainFeed.Append(grain, batch.ToArray(), default, Start);
        Assert.Equal(1, result.Accepted); // the one that observed nothing
        Assert.Equal(2, Assert.Single(result.Refusals, r => r.Reason == RefusalReason.Malformed).Samples);
        Assert.Empty(GrainFeed.Points(grain, Start, Start + 10_000, Resolution.TenSeconds, Start));
    }

    [Fact]
    public void Append_SameIdOtherTags_IsACollisionAndNeverMerged()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        var batch = new SampleBatchBuilder();
        batch.Add(batch.AddSeries("shop.requests"u8, MetricKind.Gauge, default, s_tags.Canonical, new SeriesId(7)), Start, 1);
        batch.Add(batch.AddSeries("shop.requests"u8, MetricKind.Gauge, default, TagSet.Of(("host", "b")).Canonical, new SeriesId(7)), Start, 2);
        AppendResult result = GrainFeed.Append(grain, batch.ToArray(), default, Start);
        Assert.Equal(1, result.Accepted);
        Assert.Equal((RefusalReason.SeriesIdCollision, 1, 1), (Assert.Single(result.Refusals).Reason, result.Refusals[0].Samples, result.Refusals[0].Series));
        Assert.Equal(0, grain.Describe().SeriesRefused);
    }

    [Fact]
    public void TakeFlush_BeforeTheGraceIsOver_LeavesTheMinuteOpen()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        GrainFeed.Send(grain, s_tags, Start + 59_999, 1, Start);
        Assert.Null(grain.TakeFlush(Start + 64_999));
        RollupFlush? flush = grain.TakeFlush(Start + 65_000);
        Assert.Equal(Start, Assert.Single(flush!.Rows).BucketMs);
        Assert.Equal(s_tags, Assert.Single(flush.Series).Tags);
    }

    [Fact]
    public void TakeFlush_UnloggedLateSample_CarriesNoCursorTheStoreAlreadyHas()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        var batch = new SampleBatchBuilder();
        batch.Add(GrainFeed.AddSeries(batch, MetricKind.Gauge, s_tags), Start, 1);
        GrainFeed.Append(grain, batch.ToArray(), new BatchOrigin("node", 1), Start);
        Assert.Single(grain.TakeFlush(Start + 70_000)!.Cursors);
        grain.ConfirmFlush();
        GrainFeed.Send(grain, s_tags, Start + 1, 2, Start + 70_000);
        RollupFlush flush = grain.TakeFlush(Start + 70_000)!;
        Assert.Single(flush.Rows);
        Assert.Empty(flush.Cursors); // with one it would be skipped as a repeat
    }

    [Fact]
    public void TakeFlush_OriginWhoseReplayHasNotBegun_KeepsTheCursorItHas()
    {
        var cursor = new FlushCursor(GrainFeed.Metric, FlushStream.Rollup, "gone", 10, 20, Start - 60_000);
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start, cursors: [cursor]);
        var batch = new SampleBatchBuilder();
        batch.Add(GrainFeed.AddSeries(batch, MetricKind.Gauge, s_tags), Start, 1);
        GrainFeed.Append(grain, batch.ToArray(), new BatchOrigin("here", 1), Start);
        Assert.Equal("here", Assert.Single(grain.TakeFlush(Start + 70_000)!.Cursors).Origin);
    }

    [Fact]
    public void NeededFrom_UntilTheStoreHasTheRows_IsTheirFirstRecord()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        Assert.Null(grain.NeededFrom("node", TimeSpan.MaxValue));
        var batch = new SampleBatchBuilder();
        batch.Add(GrainFeed.AddSeries(batch, MetricKind.Gauge, s_tags), Start, 1);
        GrainFeed.Append(grain, batch.ToArray(), new BatchOrigin("node", 7), Start);
        Assert.Equal(7UL, grain.NeededFrom("node", TimeSpan.MaxValue));
        grain.TakeFlush(Start + 70_000);
        Assert.Equal(7UL, grain.NeededFrom("node", TimeSpan.MaxValue));
        grain.ConfirmFlush();
        Assert.Null(grain.NeededFrom("node", TimeSpan.MaxValue));
        Assert.Null(grain.NeededFrom("another", TimeSpan.MaxValue));
    }

    [Fact]
    public void NeededFrom_RunningTotalWithLessLookback_KeepsOnlyWhatIsNotStored()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.CumulativeCounter, Start);
        for (int minute = 0; minute < 10; minute++)
        {
            var batch = new SampleBatchBuilder();
            batch.Add(GrainFeed.AddSeries(batch, MetricKind.CumulativeCounter, s_tags), Start + (minute * 60_000), minute);
            GrainFeed.Append(grain, batch.ToArray(), new BatchOrigin("node", (ulong)minute + 1), Start + (minute * 60_000));
        }
        // The last minute is open.
        grain.TakeFlush(Start + (9 * 60_000) + 10_000);
        Assert.Equal(1UL, grain.NeededFrom("node", TimeSpan.Zero));
        grain.ConfirmFlush();
        Assert.Equal(1UL, grain.NeededFrom("node", TimeSpan.MaxValue));
        Assert.Equal(8UL, grain.NeededFrom("node", TimeSpan.FromMinutes(2)));
        Assert.Equal(10UL, grain.NeededFrom("node", TimeSpan.Zero));
    }

    [Fact]
    public void Tick_SeriesIdleBeyondTheLiveWindow_LeavesMemoryAndTheGrainIsIdle()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        GrainFeed.Send(grain, s_tags, Start, 1, Start);
        GrainFeed.Send(grain, TagSet.Of(("host", "b")), Start + Resolution.OneHour, 1, Start + Resolution.OneHour);
        long now = Start + Resolution.OneHour + (10 * Resolution.OneMinute);
        grain.TakeFlush(now);
        grain.Tick(now);
        Assert.Equal(2, grain.SeriesCount);
        grain.ConfirmFlush();
        grain.Tick(now);
        Assert.Equal(1, grain.SeriesCount);
        Assert.Equal("host:b", Assert.Single(grain.ListSeries(10)).Tags.ToString());
        now += 2 * Resolution.OneHour;
        Assert.Null(grain.TakeFlush(now));
        grain.Tick(now);
        Assert.True(grain.IsIdle);
    }

    [Fact]
    public void Tick_SeriesWithLateSamplesAlone_IsKnownHereUntilTheStoreKnowsIt()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        Assert.Equal(1, GrainFeed.Send(grain, s_tags, Start - (3 * Resolution.OneHour), 1, Start).Accepted);
        grain.Tick(Start);
        Assert.Equal(1, grain.SeriesCount);
        Assert.Single(grain.TakeFlush(Start)!.Rows);
        grain.Tick(Start);
        Assert.Equal(1, grain.SeriesCount);
        Assert.False(grain.IsIdle, "its rows are not confirmed yet");
        grain.ConfirmFlush();
        grain.Tick(Start);
        Assert.True(grain.IsIdle);
    }

    [Fact]
    public void Append_SteadyState_AllocatesNothing()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start);
        var batch = new SampleBatchBuilder();
        for (int i = 0; i < 1_000; i++)
        {
            batch.Add(GrainFeed.AddSeries(batch, MetricKind.Gauge, TagSet.Of(("host", $"h{i % 50}"))), Start + i, i);
        }
        byte[] bytes = batch.ToArray();
        var refusals = new List<Refusal>();
        long accepted = Append(grain, bytes, 1, refusals);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong sequence = 2; sequence < 20; sequence++)
        {
            accepted += Append(grain, bytes, sequence, refusals);
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(19_000, accepted);
        Assert.Equal(0, allocated / (accepted - 1_000));
    }

    private static long Append(MetricGrain grain, ReadOnlySpan<byte> bytes, ulong sequence, List<Refusal> refusals)
    {
        long accepted = 0;
        SampleBatch.TryRead(bytes, out SampleBatch batch);
        foreach (SliceLocation location in batch)
        {
            SampleSlice.TryRead(bytes.Slice(location.Offset, location.Length), out SampleSlice slice);
            accepted += grain.Append(in slice, location.Index, new BatchOrigin("node", sequence), Start, refusals);
        }
        return accepted;
    }
}
