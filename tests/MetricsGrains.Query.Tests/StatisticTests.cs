using MetricsGrains.Core.Model;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Query.Tests;

public sealed class StatisticTests
{
    [Theory]
    [InlineData("avg", StatisticKind.Avg, 0, "avg")]
    [InlineData("MAX", StatisticKind.Max, 0, "max")]
    [InlineData("uniq", StatisticKind.Uniq, 0, "uniq")]
    [InlineData("p50", StatisticKind.Percentile, 0.5, "p50")]
    [InlineData("P99.9", StatisticKind.Percentile, 0.999, "p99.9")]
    [InlineData("p0", StatisticKind.Percentile, 0, "p0")]
    [InlineData("p100", StatisticKind.Percentile, 1, "p100")]
    [InlineData("p99.999", StatisticKind.Percentile, 0.99999, "p99.999")]
    [InlineData("p07", StatisticKind.Percentile, 0.07, "p7")]
    public void Parse_AStatistic_IsReadAndWritten(string text, StatisticKind kind, double quantile, string written)
    {
        Assert.True(Statistic.TryParse(text, out Statistic statistic));
        Assert.Equal(kind, statistic.Kind);
        Assert.Equal(quantile, statistic.Quantile, 12);
        Assert.Equal(written, statistic.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("p")]
    [InlineData("p-1")]
    [InlineData("p100.1")]
    [InlineData("p1e1")]
    [InlineData("p 50")]
    [InlineData("pNaN")]
    [InlineData("p,5")]
    [InlineData("percentile")]
    [InlineData("mean")]
    [InlineData("3")]
    [InlineData("avg,max")]
    [InlineData(" avg")]
    public void Parse_AnythingElse_IsNot(string text) => Assert.False(Statistic.TryParse(text, out Statistic _));

    [Theory]
    [InlineData(MetricKind.Gauge, "avg,min,max,sum,count,last")]
    [InlineData(MetricKind.Counter, "avg,min,max,sum,count,last,rate,increase")]
    [InlineData(MetricKind.CumulativeCounter, "avg,min,max,sum,count,last,rate,increase")]
    [InlineData(MetricKind.Distribution, "avg,min,max,sum,count,last,rate,increase,percentile")]
    [InlineData(MetricKind.Histogram, "avg,min,max,sum,count,last,rate,increase,percentile")]
    [InlineData(MetricKind.Set, "count,uniq")]
    public void Rules_OfAKind_AllowWhatHasAMeaning(MetricKind kind, string statistics)
    {
        Assert.Equal(statistics.Split(','), Enum.GetValues<StatisticKind>().Where(s => StatisticRules.Has(kind, s)).Select(s => s.ToString().ToLowerInvariant()));
        Assert.True(StatisticRules.Has(kind, StatisticRules.DefaultOf(kind).Kind));
    }

    [Fact]
    public void Value_OfAWindow_FollowsTheStatistic()
    {
        var point = new AggregatePoint { BucketMs = 0, Sketch = new ExponentialSketch() };
        foreach ((long at, double value) in ((long, double)[])[(1, 10), (2, 30), (3, 20)])
        {
            point.Aggregate.Add(at, value, 1);
            point.Sketch.Add(value);
        }
        point.Aggregate.Increase = 60;

        Assert.Equal([20, 10, 30, 60, 3, 20, 1, 60], ((StatisticKind[])[StatisticKind.Avg, StatisticKind.Min, StatisticKind.Max, StatisticKind.Sum, StatisticKind.Count, StatisticKind.Last, StatisticKind.Rate, StatisticKind.Increase]).Select(s => StatisticRules.ValueOf(new Statistic(s), point, 60_000)));
        Assert.Equal(20, StatisticRules.ValueOf(new Statistic(StatisticKind.Percentile, 0.5), point, 60_000), 0.11);
        Assert.Equal(10, StatisticRules.ValueOf(new Statistic(StatisticKind.Percentile, 0), point, 60_000));
        Assert.Equal(30, StatisticRules.ValueOf(new Statistic(StatisticKind.Percentile, 1), point, 60_000));
        Assert.Equal(0, StatisticRules.ValueOf(new Statistic(StatisticKind.Uniq), point, 60_000));
    }

    [Fact]
    public void SketchNeed_OnlyWherePercentilesOrDistinctCountsAreAsked()
    {
        Assert.Equal([StatisticKind.Percentile, StatisticKind.Uniq], Enum.GetValues<StatisticKind>().Where(s => StatisticRules.SketchNeedOf(new Statistic(s)) == SketchNeed.Yes));
    }
}
