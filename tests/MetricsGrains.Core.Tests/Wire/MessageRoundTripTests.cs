using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Wire;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Wire;

public sealed class MessageRoundTripTests
{
    [Fact]
    public void Decode_RandomMessages_GivesThemBackBitForBit()
    {
        foreach (MessageKind kind in MessageKind.All)
        {
            for (int seed = 0; seed < 800; seed++)
            {
                (byte[] bytes, string text) = kind.Make(new Random(seed));
                Check.That(kind.Read(bytes) == text, $"{kind.Name}, seed {seed}:\n{text}\ncame back as\n{kind.Read(bytes)}");
            }
        }
    }

    [Fact]
    public void Decode_NoBytes_IsNull()
    {
        Assert.Empty(MetricAnswerCodec.Encode(null));
        Assert.Null(MetricAnswerCodec.Decode([]));
        Assert.Empty(MetricSummaryCodec.Encode(null));
        Assert.Null(MetricSummaryCodec.Decode([]));
    }

    [Fact]
    public void Decode_NothingInside_GivesNothing()
    {
        Assert.Empty(MetricSummaryCodec.DecodeList(MetricSummaryCodec.EncodeList([])));
        Assert.Empty(ActiveSeriesCodec.Decode(ActiveSeriesCodec.Encode([])));
        Assert.Same(AppendResult.Empty, DispatchAnswerCodec.Decode(DispatchAnswerCodec.Encode(DispatchAnswer.Failed)).Result);
        MetricAnswer? answer = MetricAnswerCodec.Decode(MetricAnswerCodec.Encode(new MetricAnswer(MetricKind.Gauge, "", AggregateFrame.Empty, long.MinValue, long.MinValue, 0)));
        Assert.Same(AggregateFrame.Empty, answer!.Frame);
        Assert.Null(answer.Pending);
    }

    [Fact]
    public void Decode_GroupByNothing_IsNotGroupBySeries()
    {
        var everything = new AggregateQuery(0, 60_000, 10_000, [], [], SketchNeed.None);
        Assert.Empty(AggregateQueryCodec.Decode(AggregateQueryCodec.Encode(everything)).GroupBy!);
        Assert.Null(AggregateQueryCodec.Decode(AggregateQueryCodec.Encode(everything with { GroupBy = null })).GroupBy);
    }

    /// <summary>Differences of times that exceed 64 bits, and a common divisor of 2^63.</summary>
    [Theory]
    [InlineData(long.MinValue, 0L)]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(long.MinValue, -1L, long.MaxValue)]
    [InlineData(long.MinValue, long.MinValue + 10_000, long.MaxValue - 5)]
    [InlineData(-30_000L, -10_000L, 20_000L, 50_000L)]
    public void Decode_TimesFarApart_GivesThemBack(params long[] times)
    {
        // The second group begins at the end, so that the way back to the base is as long.
        AggregateGroup[] groups = [new(TagSet.Empty, [.. times.Select(Point)]), new(TagSet.Of(("a", "")), [Point(times[^1])])];
        var answer = new MetricAnswer(MetricKind.Gauge, "", new AggregateFrame(groups), long.MaxValue, long.MinValue, int.MaxValue);
        Assert.Equal(MessageText.Of(answer), MessageText.Of(MetricAnswerCodec.Decode(MetricAnswerCodec.Encode(answer))));

        static AggregatePoint Point(long t) => new() { BucketMs = t, Aggregate = new WindowAggregate { Count = 1, LastAt = unchecked(-t) } };
    }

    [Fact]
    public void Decode_TenThousandGroups_GivesThemBack()
    {
        IEnumerable<TagSet> keys = Enumerable.Range(0, 10_000).Select(i => TagSet.Of(("host", $"web-{i:D5}"), ("région", "é")));
        var random = new Random(1);
        AggregateGroup[] groups = [.. keys.Select(key => new AggregateGroup(key, [.. Enumerable.Range(0, 6).Select(i => Point(i * 10_000L))]))];
        var answer = new MetricAnswer(MetricKind.Gauge, "%", new AggregateFrame(groups), 0, 60_000, 10_000);
        byte[] bytes = MetricAnswerCodec.Encode(answer);
        Assert.Equal(MessageText.Of(answer), MessageText.Of(MetricAnswerCodec.Decode(bytes)));
        int keyBytes = groups.Sum(g => g.Key.Canonical.Length);
        Assert.InRange(bytes.Length - keyBytes, 0, 10_000 * (4 + (6 * 8)));

        AggregatePoint Point(long t)
        {
            var point = new AggregatePoint { BucketMs = t };
            point.Aggregate.Add(t + random.Next(10_000), random.Next(10_000) / 100.0, 1);
            return point;
        }
    }
}
