using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Tests.Grains;
using MetricsGrains.Core.Wire;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Wire;

/// <summary>What a real grain's answer costs on the wire: an hour of one series in steps of ten seconds.</summary>
public sealed class MessageSizeTests
{
    private const int Points = 360;

    [Theory]
    [InlineData("a constant", MetricKind.Gauge, 1, 2)]
    [InlineData("decimals", MetricKind.Gauge, 1, 7)]
    [InlineData("deltas", MetricKind.Counter, 1, 6)]
    [InlineData("any double", MetricKind.Gauge, 1, 12)]
    [InlineData("any double", MetricKind.Distribution, 20, 36)]
    public void Encode_HourOfOneSeries_TakesFewBytesAPoint(string values, MetricKind kind, int samplesPerWindow, int mostPerPoint)
    {
        MetricAnswer answer = HourOf(kind, samplesPerWindow, values, SketchNeed.None);
        byte[] bytes = MetricAnswerCodec.Encode(answer);
        Assert.Equal(Points, answer.Frame.Groups.Single().Points.Count);
        Assert.Equal(MessageText.Of(answer), MessageText.Of(MetricAnswerCodec.Decode(bytes)));
        Assert.InRange(bytes.Length, 1, 100 + (Points * mostPerPoint));
    }

    [Fact]
    public void Encode_WithSketches_AddsTheirBytesAndALength()
    {
        MetricAnswer answer = HourOf(MetricKind.Distribution, 20, "any double", SketchNeed.Yes);
        byte[] bytes = MetricAnswerCodec.Encode(answer);
        Assert.Equal(MessageText.Of(answer), MessageText.Of(MetricAnswerCodec.Decode(bytes)));
        int sketches = answer.Frame.Groups.Single().Points.Sum(p => p.Sketch!.EncodedLength + 1);
        Assert.InRange(bytes.Length - sketches, 1, 100 + (Points * 36));
    }

    [Fact]
    public void Encode_SteadyState_AllocatesTheMessageAlone()
    {
        foreach (MetricKind kind in (MetricKind[])[MetricKind.Gauge, MetricKind.Distribution, MetricKind.Set])
        {
            MetricAnswer answer = HourOf(kind, 5, "decimals", SketchNeed.Yes);
            int length = MetricAnswerCodec.Encode(answer).Length;
            long before = GC.GetAllocatedBytesForCurrentThread();
            MetricAnswerCodec.Encode(answer);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            // An array's header, and its length rounded up.
            Assert.InRange(allocated, length, length + 32);
        }
    }

    private static MetricAnswer HourOf(MetricKind kind, int samplesPerWindow, string values, SketchNeed sketch)
    {
        const long start = GrainFeed.Start, end = start + Resolution.OneHour;
        var random = new Random(5);
        MetricGrain grain = GrainFeed.NewGrain(kind, start);
        for (long at = start; at < end; at += Resolution.TenSeconds)
        {
            for (int i = 0; i < samplesPerWindow; i++)
            {
                long offset = values == "a constant" ? 0 : i * 400 + random.Next(400);
                double value = values switch
                {
                    "a constant" => 42,
                    "decimals" => Math.Round(random.NextDouble() * 100, 2),
                    "deltas" => random.Next(1, 2_000),
                    _ => random.NextDouble(),
                };
                GrainFeed.Send(grain, TagSet.Of(("host", "web-1")), at + offset, value, at + 10_000);
            }
            grain.Tick(at + 10_000);
        }
        return grain.Query(new AggregateQuery(start, end, Resolution.TenSeconds, [], null, sketch), end);
    }
}
