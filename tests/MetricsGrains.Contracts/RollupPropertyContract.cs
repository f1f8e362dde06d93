using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Contracts;

/// <summary>Random appends, repeats, derivations, retention and reopening, compared with a list of every row ever appended.</summary>
public abstract class RollupPropertyContract : StoreContract
{
    private static readonly Retention Kept = new(TimeSpan.FromDays(1), TimeSpan.FromDays(3), TimeSpan.FromDays(4000), TimeSpan.FromDays(8000));

    [ContractTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Read_AfterRandomOperations_EqualsOracle(int seed)
    {
        var random = new Random(seed);
        SeriesDefinition[] series = [.. Enumerable.Range(0, 40).Select(i => Series("m", MetricKind.Counter, ("host", $"h{i}"), ("dc", $"d{i % 3}")))];
        var oracle = new List<(TagSet Tags, RollupRow Row)>();
        long now = T0 + Day;
        RollupFlush? last = null;
        ulong applied = 0;
        for (int step = 0; step < 60; step++)
        {
            switch (random.Next(10))
            {
                case < 6:
                    last = RandomFlush(random, series, now, ++applied);
                    await AppendAsync(last);
                    oracle.AddRange(last.Rows.Select(r => (last.Series[r.Series].Tags, r)));
                    break;
                case 6 when last is not null:
                    await AppendAsync(last);
                    break;
                case 7:
                    await Rollups.DeriveAsync(now, None);
                    break;
                case 8:
                    now += random.Next(1, 20) * Hour;
                    await Rollups.RetainAsync(now, Kept, None);
                    break;
                default:
                    await Harness.ReopenAsync();
                    break;
            }
            string because = $"seed {seed}, step {step}";
            TagFilter[] filters = RandomHosts(random, series.Length);
            await CompareAsync(oracle, StoredResolution.OneMinute, now - Day, now, 5 * Minute, filters, because);
            await CompareAsync(oracle, StoredResolution.OneHour, T0 - (2 * Day), now + Hour, Hour, filters, because);
            await CompareAsync(oracle, StoredResolution.OneDay, T0 - (2 * Day), now + Day, Day, filters, because);
        }
    }

    /// <summary>Neighbours, some far between, most or all of them: stores read each in a way of its own.</summary>
    private static TagFilter[] RandomHosts(Random random, int count) => random.Next(4) switch
    {
        0 => [new TagFilter("host", TagMatch.Glob, "h*1")],
        1 => [new TagFilter("host", TagMatch.Glob, "h2*")],
        2 => [.. Enumerable.Range(0, random.Next(1, count)).Select(_ => new TagFilter("host", TagMatch.Equal, $"h{random.Next(count)}"))],
        _ => [],
    };

    private static RollupFlush RandomFlush(Random random, SeriesDefinition[] series, long now, ulong applied)
    {
        SeriesDefinition[] some = [.. series.Where(_ => random.Next(3) == 0).Append(series[0])];
        var rows = new RollupRow[random.Next(1, 60)];
        for (int i = 0; i < rows.Length; i++)
        {
            // Mostly new, sometimes days late: some of those are older than the minutes that are kept.
            long back = random.Next(5) == 0 ? random.Next(5 * 24 * 60) : random.Next(90);
            long bucket = Resolution.Floor(now - (back * Minute), Minute);
            // Whole numbers, so that sums are exact in any order.
            rows[i] = Row(random.Next(some.Length), bucket, random.Next(-1000, 1000), random.Next(1000));
        }
        return Of(some, rows, Cursor("m", applied));
    }

    private async Task CompareAsync(List<(TagSet Tags, RollupRow Row)> oracle, StoredResolution resolution, long fromMs, long toMs, long step, TagFilter[] filters, string because)
    {
        long length = resolution switch { StoredResolution.OneMinute => Minute, StoredResolution.OneHour => Hour, _ => Day };
        AggregateQuery query = Query(Resolution.Floor(fromMs, step), Resolution.Ceiling(toMs, length), step, ["dc"], filters);
        var expected = new SortedDictionary<string, WindowAggregate>(StringComparer.Ordinal);
        foreach ((TagSet tags, RollupRow row) in oracle)
        {
            if (row.BucketMs >= query.FromMs && row.BucketMs < query.ToMs && TagFilter.AllMatch(query.Filters, tags) && tags.TryGet("dc", out string? dc))
            {
                string key = $"{dc} {Resolution.Floor(row.BucketMs, step)}";
                WindowAggregate merged = expected.GetValueOrDefault(key);
                merged.Merge(row.Aggregate);
                expected[key] = merged;
            }
        }
        AggregateFrame? frame = await Rollups.ReadAsync("m", resolution, query, None);
        var actual = new SortedDictionary<string, WindowAggregate>(StringComparer.Ordinal);
        foreach (AggregateGroup group in frame?.Groups ?? [])
        {
            foreach (AggregatePoint point in group.Points)
            {
                actual.Add($"{group.Key.ToPairs()[0].Value} {point.BucketMs}", point.Aggregate);
            }
        }
        Assert.True(Text(expected) == Text(actual), $"{because}, {resolution}:\nexpected {Text(expected)}\nactual   {Text(actual)}");
    }

    /// <summary>Without Last: of several series' samples at one time any may be the last.</summary>
    private static string Text(SortedDictionary<string, WindowAggregate> points) =>
        string.Join("; ", points.Select(p => $"{p.Key}: {p.Value.Count} {p.Value.Sum} {p.Value.Min} {p.Value.Max} {p.Value.LastAt}"));
}
