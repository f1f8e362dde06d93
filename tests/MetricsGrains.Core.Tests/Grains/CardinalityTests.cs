using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Grains;

public sealed class CardinalityTests
{
    private const long Start = GrainFeed.Start;
    private const int Limit = 100;

    [Fact]
    public void Append_BeyondTheLimit_IsRefusedCountedAndNamesTheTagKey()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Counter, Start, new MetricGrainOptions { MaxSeries = Limit });
        AppendResult result = SendSeries(grain, 5_000);
        Assert.Equal(Limit, result.Accepted);
        Assert.Equal(4_900, result.Refusals.Sum(r => r.Samples));
        Assert.All(result.Refusals, r => Assert.Equal(RefusalReason.CardinalityLimit, r.Reason));
        Assert.Contains("'user_id'", result.Refusals[0].Detail);
        Assert.Contains("100 series", result.Refusals[0].Detail);
        MetricSummary summary = grain.Describe();
        Assert.Equal((Limit, 4_900L, "user_id"), (summary.SeriesCount, summary.SeriesRefused, summary.TopTagKey));
        Assert.InRange(summary.SeriesTried, 5_000 * 0.97, 5_000 * 1.03);
        Assert.InRange(summary.TopTagValues, 5_000 * 0.97, 5_000 * 1.03);
    }

    [Fact]
    public void Append_BeyondTheLimit_StillTakesTheSeriesItKnows()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Counter, Start, new MetricGrainOptions { MaxSeries = Limit });
        SendSeries(grain, 200);
        Assert.Equal(Limit, SendSeries(grain, Limit).Accepted);
    }

    [Theory]
    [InlineData(MetricKind.Counter)]
    [InlineData(MetricKind.Gauge)]
    [InlineData(MetricKind.Distribution)]
    public void Append_BeyondTheLimitWithOverflow_KeepsTotalsRight(MetricKind kind)
    {
        MetricGrain grain = GrainFeed.NewGrain(kind, Start, new MetricGrainOptions { MaxSeries = Limit, Policy = CardinalityPolicy.Overflow });
        AppendResult result = SendSeries(grain, 1_000);
        Assert.Equal(1_000, result.Accepted);
        Assert.Empty(result.Refusals);
        Assert.Equal(Limit + 1, grain.SeriesCount);
        WindowAggregate total = Assert.Single(GrainFeed.Points(grain, Start, Start + 10_000, Resolution.TenSeconds, Start)).Aggregate;
        Assert.Equal((1_000d, 499_500d, 0d, 999d), (total.Count, total.Sum, total.Min, total.Max));
        var overflow = new AggregateQuery(Start, Start + 10_000, 10_000, [new TagFilter("__overflow__", TagMatch.Equal, "true")], [], SketchNeed.None);
        Assert.Equal(900, Assert.Single(Assert.Single(grain.Query(overflow, Start).Frame.Groups).Points).Aggregate.Count);
    }

    [Fact]
    public void Append_RunningTotalsFoldedIntoOverflow_MakeUpNoRise()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.CumulativeCounter, Start, new MetricGrainOptions { MaxSeries = 1, Policy = CardinalityPolicy.Overflow });
        for (int i = 0; i < 3; i++)
        {
            foreach ((string host, double total) in (ReadOnlySpan<(string, double)>)[("a", 10), ("b", 1_000_000), ("c", 5)])
            {
                GrainFeed.Send(grain, TagSet.Of(("host", host)), Start + i, total + i, Start);
            }
        }
        Assert.Equal(2, Assert.Single(GrainFeed.Points(grain, Start, Start + 10_000, Resolution.TenSeconds, Start)).Aggregate.Increase);
    }

    [Fact]
    public void Tick_IdleSeries_MakeRoomForNewOnes()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Counter, Start, new MetricGrainOptions { MaxSeries = Limit });
        SendSeries(grain, Limit);
        long later = Start + (2 * Resolution.OneHour);
        grain.TakeFlush(later);
        grain.ConfirmFlush();
        grain.Tick(later);
        Assert.Equal(1, GrainFeed.Send(grain, TagSet.Of(("host", "new")), later, 1, later).Accepted);
    }

    [Fact]
    public void Append_ManyTagKeys_FillsNoMemoryWithCounters()
    {
        MetricGrain grain = GrainFeed.NewGrain(MetricKind.Gauge, Start, new MetricGrainOptions { MaxSeries = 10 });
        for (int i = 0; i < 2_000; i++)
        {
            GrainFeed.Send(grain, TagSet.Of(($"key{i}", "v")), Start, 1, Start);
        }
        grain.Tick(Start);
        Assert.InRange(grain.Describe().MemoryBytes, 1, 200_000);
    }

    private static AppendResult SendSeries(MetricGrain grain, int count)
    {
        var batch = new SampleBatchBuilder();
        for (int i = 0; i < count; i++)
        {
            batch.Add(GrainFeed.AddSeries(batch, grain.Kind, TagSet.Of(("region", i % 2 == 0 ? "eu" : "us"), ("user_id", i.ToString()))), Start, i);
        }
        return GrainFeed.Append(grain, batch.ToArray(), default, Start);
    }
}
