using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Contracts;

/// <summary>
/// Fills a store with a bit of everything it can hold: every kind of metric, partial rows, hours that are derived and hours that
/// are not, days that retention dropped, raw blocks across hours and midnights and such that are kept for a time of their own,
/// annotations, cursors of several origins.
/// </summary>
/// <param name="seed">The same seed makes the same rows.</param>
public sealed class StoreFill(int seed)
{
    private readonly Random _random = new(seed);
    private ulong _applied;

    /// <summary>Series of each metric, of which there is one a kind.</summary>
    public int SeriesPerMetric { get; init; } = 4;

    /// <summary>Minutes in a row with rows of every series; in days that are full, and in one that is not.</summary>
    public int MinutesPerDay { get; init; } = 90;

    /// <summary>The last of its days ends here.</summary>
    public static long EndMs => T0 + (4 * Day);

    /// <summary>Keeps four days of minutes: of the first day they are dropped.</summary>
    private static Retention Kept { get; } = new(TimeSpan.FromDays(3), TimeSpan.FromDays(3), TimeSpan.FromDays(400), TimeSpan.FromDays(4000));

    public async Task FillAsync(IMetricStore store)
    {
        for (int day = 0; day < 4; day++)
        {
            // From shortly before midnight on, so that days, and at the first of them the partitions of hours, are crossed.
            await AppendDayAsync(store, T0 + (day * Day) + (22 * Hour) + (50 * Minute));
            await store.DeriveAsync(T0 + ((day + 1) * Day), CancellationToken.None);
        }
        await store.RetainAsync(EndMs + Hour, Kept, CancellationToken.None);
        // Late: into a day whose minutes are gone, into hours that were derived, and a second and third row of the same minutes.
        await AppendLateAsync(store, T0 + (23 * Hour));
        await AppendLateAsync(store, T0 + (2 * Day) + (23 * Hour));
        await AppendLateAsync(store, T0 + (2 * Day) + (23 * Hour));
    }

    private async Task AppendDayAsync(IMetricStore store, long fromMs)
    {
        List<RollupFlush> flushes = [];
        List<RawBlock> blocks = [];
        foreach ((string metric, SeriesDefinition[] series) in Metrics(fromMs))
        {
            var rows = new List<RollupRow>();
            for (int minute = 0; minute < MinutesPerDay; minute++)
            {
                rows.AddRange(series.Select((s, i) => RandomRow(s.Kind, i, fromMs + (minute * Minute))));
            }
            flushes.Add(new RollupFlush(metric, series, rows, [RollupCursor(metric, fromMs, "node/1"), RollupCursor(metric, fromMs, "node/2")]));
            blocks.AddRange(series.Where(s => s.Kind != MetricKind.Histogram).Select(s => RandomBlock(s, fromMs)));
        }
        await store.AppendAsync(flushes, CancellationToken.None);
        foreach (RawBlock[] part in blocks.Chunk(3))
        {
            await store.AppendRawAsync(part, Cursor("*", ++_applied, fromMs, "node/1", FlushStream.Raw), CancellationToken.None);
        }
        await store.AppendAnnotationsAsync([.. Enumerable.Range(0, 30).Select(i => RandomAnnotation(fromMs + (i / 2 * Minute)))], CancellationToken.None);
    }

    private async Task AppendLateAsync(IMetricStore store, long fromMs) => await store.AppendAsync(
        [
            .. Metrics(fromMs).Select(m => new RollupFlush(
                m.Name, m.Series, [.. Enumerable.Range(0, 40).Select(i => RandomRow(m.Series[0].Kind, i % m.Series.Length, fromMs + (i / 4 * Minute)))], [RollupCursor(m.Name, fromMs, "node/2")])),
        ], CancellationToken.None);

    private IEnumerable<(string Name, SeriesDefinition[] Series)> Metrics(long atMs)
    {
        for (MetricKind kind = MetricKind.Gauge; kind <= MetricKind.Histogram; kind++)
        {
            string name = $"fill.{MetricKinds.NameOf(kind)}";
            yield return (name, [.. Enumerable.Range(0, SeriesPerMetric).Select(i => Series(name, kind, ("host", $"host-{i}"), ("quote", "a\"b\\u0000\u00e9")) with { FirstSeenMs = atMs, LastSeenMs = atMs + Hour })]);
        }
    }

    private FlushCursor RollupCursor(string metric, long openFromMs, string origin) =>
        // Beyond what a signed number holds.
        new(metric, FlushStream.Rollup, origin, ulong.MaxValue - 1_000_000 + _applied, ulong.MaxValue - 1_000_000 + ++_applied, openFromMs);

    private RollupRow RandomRow(MetricKind kind, int series, long bucketMs)
    {
        // Eighths, so that sums are exact in any order.
        double[] values = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => _random.Next(-1_600, 6_400) / 8.0)];
        RollupRow row = Row(series, bucketMs, values);
        WindowAggregate aggregate = row.Aggregate;
        aggregate.Increase = kind == MetricKind.Counter ? aggregate.Sum : _random.Next(10);
        return row with { Aggregate = aggregate, Sketch = Sketch(kind, values) };
    }

    private static byte[]? Sketch(MetricKind kind, double[] values)
    {
        if (MetricKinds.HasSketch(kind))
        {
            var sketch = new ExponentialSketch();
            Array.ForEach(values, v => sketch.Add(v));
            return sketch.ToArray();
        }
        if (kind == MetricKind.Set)
        {
            var members = new HyperLogLog();
            Array.ForEach(values, v => members.Add((ulong)BitConverter.DoubleToInt64Bits(v)));
            return members.ToArray();
        }
        return null;
    }

    /// <summary>About two hours, over midnight: some at one time, a tenth of them with weights.</summary>
    private RawBlock RandomBlock(SeriesDefinition series, long fromMs)
    {
        int count = _random.Next(50, 200);
        long[] times = [.. Enumerable.Range(0, count).Select(_ => fromMs + _random.Next(0, 7_200) * 1_000L).Order()];
        double[] values = [.. Enumerable.Range(0, count).Select(_ => series.Kind == MetricKind.Set ? BitConverter.Int64BitsToDouble(_random.NextInt64(long.MinValue, long.MaxValue)) : _random.NextDouble())];
        return new RawBlock(series, times, values, _random.Next(10) == 0 ? [.. values.Select(_ => (double)_random.Next(1, 5))] : null)
        {
            Keep = _random.Next(4) switch { 0 => TimeSpan.FromHours(40), 1 => TimeSpan.FromDays(3), _ => null },
        };
    }

    private Annotation RandomAnnotation(long atMs)
    {
        byte[] id = new byte[16];
        _random.NextBytes(id);
        return new Annotation(
            new Guid(id), atMs, $"Deployed \u0000 {_random.Next(100)}", new string('x', _random.Next(300)) + "\nß\\", "info", $"host-{_random.Next(3)}", "ci", "", TagSet.Of(("env", "a\"b\\u0000\u00e9")));
    }
}
