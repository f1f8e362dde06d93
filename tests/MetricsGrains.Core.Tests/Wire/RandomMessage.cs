using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Wire;

/// <summary>Questions and answers at random: mostly such as grains give, every so often the ends of what the types can hold.</summary>
internal sealed class RandomMessage(Random random)
{
    private static readonly double[] s_extremes = [0, -0.0, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.Epsilon, -double.Epsilon, 1L << 53, -(1L << 53), 9007199254740991, 1e15, 0.001, -12.345, 1.0 / 3];
    private static readonly long[] s_extremeTimes = [long.MinValue, long.MinValue + 1, -1, 0, 1, long.MaxValue - 1, long.MaxValue];
    private static readonly string[] s_texts = ["", "a", "région", "数据", "😀", "with space", "a:b,c|d", new string('x', 200)];

    public AggregateQuery Query() => new(Time(), Time(), random.Next(4) == 0 ? random.NextInt64(1, long.MaxValue) : 10_000, Many(5, () => new TagFilter(Text(), (TagMatch)random.Next(3), Text())),
        random.Next(3) == 0 ? null : Many(4, Text), (SketchNeed)random.Next(2));

    public MetricAnswer Answer()
    {
        MetricKind kind = Kind();
        return new MetricAnswer(kind, Text(), Frame(kind), Time(), Time(), random.Next(), random.Next(2) == 0 ? null : Pending(kind));
    }

    public MetricSummary Summary() => new(Text(), Kind(), Text(), random.Next(), Number(), random.NextInt64(), random.Next(3) == 0 ? null : Text(), Number(), Time(), random.NextInt64());

    public IReadOnlyList<MetricSummary> Summaries() => Many(8, Summary);

    public IReadOnlyList<ActiveSeries> Series() => Many(8, () => new ActiveSeries(new SeriesId((ulong)random.NextInt64(long.MinValue, long.MaxValue)), Tags(), Time()));

    public SiloReport Report() => new(
        Text(), Text(), random.NextInt64(), random.Next(), random.NextInt64(), random.NextInt64(), random.NextDouble(),
        Many(3, () => new OriginLag(Text(), (ulong)random.NextInt64(), (ulong)random.Next(), random.Next(), LogCopy())), Many(4, () => new HotMetric(Text(), random.NextDouble(), random.Next())), new RuleFigures(random.Next(), random.Next(), random.Next(), random.NextInt64()));

    private LogCopyStanding? LogCopy() => random.Next(3) == 0 ? null : new LogCopyStanding(random.Next(3) == 0 ? null : Text(), (ulong)random.NextInt64());

    public IReadOnlyList<NewActivation> Activations() => Many(5, () => new NewActivation(Text(), (ulong)random.NextInt64()));

    public IReadOnlyList<OriginHolding> Holdings() => Many(4, () => new OriginHolding(Text(), Many(6, () => random.Next())));

    public CopyRequest Copy()
    {
        ulong previous = (ulong)random.NextInt64(), last = previous;
        return new CopyRequest(Text(), (ulong)random.NextInt64(), previous, (ulong)random.Next(), random.Next(2) == 0, random.Next(2) == 0,
            Many(5, () => new LogRecord(last += (ulong)random.Next(1, 300), Many(random.Next(2) == 0 ? 3 : 300, () => (byte)random.Next(256))) { NewestMs = Time() }));
    }

    public CopyAnswer CopyAnswer() => new((ulong)random.NextInt64(), (ulong)random.Next());

    public DispatchAnswer DispatchAnswer() => new((DispatchStatus)random.Next(1, 4), (ulong)random.NextInt64(), (ulong)random.Next(), random.Next(2) == 0 ? null : (ulong)random.Next(1, 1_000_000), Result());

    private AppendResult Result() => new(random.Next(5) == 0 ? long.MaxValue : random.Next(1000), Many(6, () => new Refusal(random.Next(100), random.Next(-1, 100), (RefusalReason)random.Next(7), random.Next(), Text())));

    public AggregateFrame Frame(MetricKind kind)
    {
        long step = random.Next(4) == 0 ? random.Next(1, 100_000) : 10_000, from = random.NextInt64(100_000_000) * step;
        IEnumerable<TagSet> keys = Many(6, Tags).Distinct().OrderBy(t => Convert.ToHexString(t.Canonical), StringComparer.Ordinal);
        return new AggregateFrame([.. keys.Select(key => new AggregateGroup(key, Points(kind, from, step)))]);
    }

    private AggregatePoint[] Points(MetricKind kind, long from, long step)
    {
        IEnumerable<long> times = random.Next(5) == 0 ? Many(8, Time) : Many(12, () => unchecked(from + (random.Next(20) * step)));
        return [.. times.Distinct().Order().Select(t => Point(kind, t))];
    }

    private AggregatePoint Point(MetricKind kind, long bucketMs)
    {
        var point = new AggregatePoint { BucketMs = bucketMs };
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            point.Aggregate.Add(unchecked(bucketMs + random.Next(10_000)), Number(), random.Next(4) == 0 ? 10 : 1);
        }
        point.Aggregate.Increase = random.Next(3) switch { 0 => 0, 1 => point.Aggregate.Sum, _ => Number() };
        if (random.Next(10) == 0)
        {
            point.Aggregate = new WindowAggregate { Count = Number(), Sum = Number(), Min = Number(), Max = Number(), Last = Number(), LastAt = Time(), Increase = Number() };
        }
        if (MetricKinds.HasSketch(kind) && random.Next(4) > 0)
        {
            point.Sketch = new ExponentialSketch();
            for (int i = random.Next(20); i > 0; i--)
            {
                point.Sketch.Add(random.NextDouble() * random.Next(-100, 1000), random.Next(1, 300));
            }
        }
        if (kind == MetricKind.Set && random.Next(4) > 0)
        {
            point.Distinct = new HyperLogLog();
            for (int i = random.Next(20) == 0 ? 5_000 : random.Next(30); i > 0; i--)
            {
                point.Distinct.Add((ulong)random.NextInt64(long.MinValue, long.MaxValue));
            }
        }
        return point;
    }

    private PendingRows Pending(MetricKind kind) => new(random.NextInt64(), Frame(kind), random.Next(2) == 0 ? AggregateFrame.Empty : Frame(kind),
        Many(3, () => new FlushCursor(Text(), (FlushStream)random.Next(1, 3), Text(), (ulong)random.NextInt64(), random.Next(5) == 0 ? ulong.MaxValue : (ulong)random.Next(), Time())));

    private MetricKind Kind() => (MetricKind)random.Next(1, 7);

    private TagSet Tags() => TagSet.Of(Many(4, () => (s_texts[random.Next(1, s_texts.Length)], Text())));

    private string Text() => random.Next(3) == 0 ? $"text {random.Next(1000)}" : s_texts[random.Next(s_texts.Length)];

    private long Time() => random.Next(5) == 0 ? s_extremeTimes[random.Next(s_extremeTimes.Length)] : 1_767_000_000_000 + (random.Next(1000) * 10_000L);

    /// <summary>Never NaN: grains refuse it.</summary>
    private double Number() => random.Next(5) switch
    {
        0 => s_extremes[random.Next(s_extremes.Length)],
        1 => random.Next(-1000, 1000),
        2 => random.Next(-100_000, 100_000) / 100.0,
        3 => random.NextDouble(),
        _ => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)) is var any && double.IsNaN(any) ? 1 : any,
    };

    private T[] Many<T>(int most, Func<T> make) => [.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => make())];
}
