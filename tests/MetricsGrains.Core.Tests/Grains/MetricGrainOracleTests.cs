using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Grains;

/// <summary>A life of a grain without crashes, held against a list of all its samples.</summary>
public sealed class MetricGrainOracleTests
{
    private const int Rounds = 60;
    private const int SeriesCount = 6;

    [Theory]
    [InlineData(MetricKind.Gauge)]
    [InlineData(MetricKind.Counter)]
    [InlineData(MetricKind.CumulativeCounter)]
    [InlineData(MetricKind.Distribution)]
    [InlineData(MetricKind.Set)]
    [InlineData(MetricKind.Histogram)]
    public void MetricGrain_RandomLife_EqualsTheListOfItsSamples(MetricKind kind)
    {
        for (int seed = 0; seed < Rounds; seed++)
        {
            Live(kind, seed);
        }
    }

    private static void Live(MetricKind kind, int seed)
    {
        var random = new Random(seed);
        var source = new ObservationSource(random, kind, SeriesCount);
        var store = new SimulatedStore();
        var all = new List<Observation>();
        long now = GrainFeed.Start + random.Next(600_000);
        MetricGrain grain = GrainFeed.NewGrain(kind, now);
        ulong sequence = 0;
        for (int step = random.Next(50, 200); step > 0; step--)
        {
            switch (random.Next(10))
            {
                case < 5:
                    now += random.Next(60_000);
                    List<Observation> sent = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => source.Next(random.Next(SeriesCount), now + Delay(random)))];
                    byte[] batch = GrainFeed.BatchOf(kind, source.Tags, sent);
                    var origin = new BatchOrigin("node", ++sequence);
                    AppendResult taken = GrainFeed.Append(grain, batch, origin, now);
                    Check.That(taken.Accepted == sent.Count && taken.Refusals.Count == 0, $"{kind}, seed {seed}: {taken.Accepted} of {sent.Count} accepted");
                    Check.That(random.Next(5) > 0 || GrainFeed.Append(grain, batch, origin, now).Accepted == 0, $"{kind}, seed {seed}: a repeated record was taken in again");
                    all.AddRange(sent);
                    break;
                case < 7:
                    grain.Tick(now);
                    break;
                case < 9:
                    if (grain.TakeFlush(now) is { } flush)
                    {
                        Check.That(ReferenceEquals(flush, grain.TakeFlush(now)), $"{kind}, seed {seed}: an unconfirmed flush changed");
                        store.Append(flush);
                        if (random.Next(3) > 0)
                        {
                            grain.ConfirmFlush();
                        }
                    }
                    break;
                default:
                    AssertQuery(grain, random, source.Tags, all, now, $"{kind}, seed {seed}, query {step}");
                    break;
            }
        }
        while (grain.TakeFlush(now, everything: true) is { } rest)
        {
            store.Append(rest);
            grain.ConfirmFlush();
        }
        store.AssertHolds(all, source.Tags, $"{kind}, seed {seed}");
        AssertQuery(grain, random, source.Tags, all, now, $"{kind}, seed {seed}, at the end");
    }

    private static long Delay(Random random) => random.Next(12) switch
    {
        0 => -random.Next(3_000_000),
        1 => -random.Next(200_000),
        2 => random.Next(600_000),
        _ => -random.Next(5_000),
    };

    private static void AssertQuery(MetricGrain grain, Random random, IReadOnlyList<TagSet> tags, List<Observation> all, long now, string context)
    {
        long step = new[] { Resolution.TenSeconds, Resolution.OneMinute, Resolution.FiveMinutes }[random.Next(3)];
        // Five minutes less than memory promises, so that a bucket of the longest step is whole.
        long from = Resolution.Floor(now - (long)(random.NextDouble() * Resolution.OneHour), step);
        long to = from + (step * random.Next(1, 80));
        IReadOnlyList<string>? by = random.Next(4) switch { 0 => null, 1 => [], 2 => ["region"], _ => ["region", "host"] };
        IReadOnlyList<TagFilter> filters = random.Next(4) switch
        {
            0 => [new TagFilter("region", TagMatch.Equal, "eu")],
            1 => [new TagFilter("region", TagMatch.NotEqual, "eu"), new TagFilter("host", TagMatch.Glob, "*")],
            2 => [new TagFilter("host", TagMatch.Equal, "h1"), new TagFilter("host", TagMatch.Glob, "sh*d")],
            _ => [],
        };
        AggregateFrame frame = grain.Query(new AggregateQuery(from, to, step, filters, by, SketchNeed.Yes), now).Frame;
        var expected = all
            .Where(o => o.Ms >= from && o.Ms < to && filters.All(f => Holds(filters, f.Key, tags[o.Series])))
            .GroupBy(o => (Key: KeyOf(tags[o.Series], by), Bucket: from + ((o.Ms - from) / step * step)))
            .ToDictionary(g => g.Key, g => g.ToList());
        int points = 0;
        foreach (AggregateGroup group in frame.Groups)
        {
            foreach (AggregatePoint point in group.Points)
            {
                points++;
                string where = $"{context}, {group.Key} at {point.BucketMs} step {step}";
                Check.That(expected.TryGetValue((group.Key, point.BucketMs), out List<Observation>? observations), $"{where}: nothing was sent there");
                Oracle.AssertEqual(observations!, point, withSketch: true, where);
            }
        }
        Check.That(points == expected.Count, $"{context}: {points} points, want {expected.Count}");
    }

    /// <summary>The rule in words: no value that is ruled out; where values are asked for, one of them.</summary>
    private static bool Holds(IReadOnlyList<TagFilter> filters, string key, TagSet tags)
    {
        tags.TryGet(key, out string? value);
        var wanted = filters.Where(f => f.Key == key && f.Match != TagMatch.NotEqual).ToList();
        return !filters.Any(f => f.Key == key && f.Match == TagMatch.NotEqual && f.Value == value)
            && (wanted.Count == 0 || (value is not null && wanted.Any(f => f.Match == TagMatch.Equal ? f.Value == value : f.Value == "*" || value == "shared")));
    }

    private static TagSet KeyOf(TagSet tags, IReadOnlyList<string>? by) =>
        by is null ? tags : TagSet.Of(tags.ToPairs().Where(p => by.Contains(p.Key)).Select(p => (p.Key, p.Value)));
}
