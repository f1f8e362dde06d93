using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Contracts;

/// <summary>Hours and days, and what happens to them when rows come late and when minutes are dropped.</summary>
public abstract class RollupDerivationContract : StoreContract
{
    private static readonly Retention Kept = new(TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(365), TimeSpan.FromDays(1825));
    private static readonly SeriesDefinition A = Series("requests", MetricKind.Counter, ("host", "a"));
    private static readonly SeriesDefinition B = Series("requests", MetricKind.Counter, ("host", "b"));

    [ContractFact]
    public async Task Read_HoursAndDays_AreTheSameBeforeAndAfterDeriving()
    {
        await AppendAsync(Of([A, B], [.. Enumerable.Range(0, 300).Select(i => Row(i % 2, T0 + (i * 11 * Minute), i, i + 1))]));
        foreach (IReadOnlyList<string>? by in new IReadOnlyList<string>?[] { null, [], ["host"] })
        {
            AggregateFrame hours = await ReadAsync("requests", StoredResolution.OneHour, Query(T0, T0 + (3 * Day), Hour, by));
            AggregateFrame days = await ReadAsync("requests", StoredResolution.OneDay, Query(T0, T0 + (3 * Day), Day, by));
            Assert.NotEmpty(days.Groups);
            await Rollups.DeriveAsync(T0 + (30 * Hour), None);
            Same(hours, await ReadAsync("requests", StoredResolution.OneHour, Query(T0, T0 + (3 * Day), Hour, by)));
            await Rollups.DeriveAsync(T0 + (5 * Day), None);
            Same(hours, await ReadAsync("requests", StoredResolution.OneHour, Query(T0, T0 + (3 * Day), Hour, by)));
            Same(days, await ReadAsync("requests", StoredResolution.OneDay, Query(T0, T0 + (3 * Day), Day, by)));
        }
    }

    [ContractFact]
    public async Task Derive_CountsWhatEnded_AndNothingTwice()
    {
        await AppendAsync(Of([A], [Row(0, T0, 1), Row(0, T0 + Hour, 1), Row(0, T0 + (2 * Hour), 1)]));
        Assert.Equal(0, await Rollups.DeriveAsync(T0 + Hour - 1, None));
        Assert.Equal(2, await Rollups.DeriveAsync(T0 + (2 * Hour), None));
        Assert.Equal(0, await Rollups.DeriveAsync(T0 + (2 * Hour), None));
        // The third hour, and the day.
        Assert.Equal(2, await Rollups.DeriveAsync(T0 + Day, None));
        Assert.Equal(0, await Rollups.DeriveAsync(T0 + Day, None));
    }

    [ContractFact]
    public async Task Read_LateRowAfterDerive_IsSeenAtOnceAndAfterDerivingAgain()
    {
        await AppendAsync(Of([A], [Row(0, T0 + Minute, 1), Row(0, T0 + (5 * Hour), 10)]));
        await Rollups.DeriveAsync(T0 + (2 * Day), None);
        await AppendAsync(Of([B, A], [Row(0, T0 + (2 * Minute), 100), Row(1, T0 + Minute, 1000)]));
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(1101, (await SumsAsync("requests", StoredResolution.OneHour, T0, T0 + Day, Hour))[T0]);
            Assert.Equal(1111, (await SumsAsync("requests", StoredResolution.OneDay, T0, T0 + Day, Day))[T0]);
            await Rollups.DeriveAsync(T0 + (2 * Day), None);
        }
    }

    [ContractFact]
    public async Task Derive_Sketches_KeepTheirCounts()
    {
        SeriesDefinition series = Series("latency", MetricKind.Distribution);
        var rows = new List<RollupRow>();
        for (int i = 0; i < 120; i++)
        {
            var sketch = new ExponentialSketch();
            sketch.Add(i + 1, 5);
            rows.Add(new RollupRow(0, T0 + (i * Minute), Aggregate(T0 + (i * Minute), i + 1), sketch.ToArray()));
        }
        await AppendAsync(Of([series], rows));
        await Rollups.DeriveAsync(T0 + Day, None);
        AggregateFrame hours = await ReadAsync("latency", StoredResolution.OneHour, Query(T0, T0 + Day, Hour, [], sketch: SketchNeed.Yes));
        Assert.Equal([300.0, 300.0], hours.Groups[0].Points.Select(p => p.Sketch!.Count));
        AggregateFrame day = await ReadAsync("latency", StoredResolution.OneDay, Query(T0, T0 + Day, Day, [], sketch: SketchNeed.Yes));
        Assert.InRange(day.Groups[0].Points[0].Sketch!.Quantile(0.5), 60 * 0.9945, 61 * 1.0055);
    }

    [ContractFact]
    public async Task Retain_OldMinutes_GoWhileHoursAndDaysStay()
    {
        await AppendAsync(Of([A], [Row(0, T0, 1), Row(0, T0 + Hour, 2), Row(0, T0 + (40 * Day), 4)]));
        await Rollups.RetainAsync(T0 + (40 * Day) + Hour, Kept, None);
        Assert.Equal([4.0], (await SumsAsync("requests", StoredResolution.OneMinute, T0, T0 + (41 * Day), Minute)).Values);
        Assert.Equal([1.0, 2.0, 4.0], (await SumsAsync("requests", StoredResolution.OneHour, T0, T0 + (41 * Day), Hour)).OrderBy(p => p.Key).Select(p => p.Value));
        Assert.Equal([3.0, 4.0], (await SumsAsync("requests", StoredResolution.OneDay, T0, T0 + (41 * Day), Day)).OrderBy(p => p.Key).Select(p => p.Value));
    }

    [ContractFact]
    public async Task Append_LateRowWhoseMinutesWereDropped_AddsToHourAndDay()
    {
        await AppendAsync(Of([A], [Row(0, T0, 1), Row(0, T0 + Hour, 2)]));
        long now = T0 + (40 * Day);
        await Rollups.RetainAsync(now, Kept, None);
        await AppendAsync(Of([A, B], [Row(0, T0, 10), Row(0, T0 + Minute, 20), Row(1, T0, 40)]));
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(71, (await SumsAsync("requests", StoredResolution.OneHour, T0, T0 + Day, Hour))[T0]);
            Assert.Equal(73, (await SumsAsync("requests", StoredResolution.OneDay, T0, T0 + Day, Day))[T0]);
            await Rollups.DeriveAsync(now, None);
            await Rollups.RetainAsync(now, Kept, None);
        }
    }

    [ContractFact]
    public async Task Append_LateRowWhoseHoursWereDropped_AddsToDay()
    {
        await AppendAsync(Of([A], [Row(0, T0, 1), Row(0, T0 + Hour, 2)]));
        long now = T0 + (500 * Day);
        await Rollups.RetainAsync(now, Kept, None);
        Assert.Empty(await SumsAsync("requests", StoredResolution.OneHour, T0, T0 + Day, Hour));
        await AppendAsync(Of([A], [Row(0, T0, 10)]));
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(13, (await SumsAsync("requests", StoredResolution.OneDay, T0, T0 + Day, Day))[T0]);
            await Rollups.RetainAsync(now, Kept, None);
        }
    }

    [ContractFact]
    public async Task Retain_EverythingOld_ForgetsSeriesAndMetric()
    {
        SeriesDefinition young = A with { LastSeenMs = T0 + (3000 * Day) };
        await AppendAsync(Of([B], [Row(0, T0, 1)]), One(Series("gone", MetricKind.Gauge), T0, 1));
        await AppendAsync(Of([young], [Row(0, T0 + (3000 * Day), 5)]));
        await Rollups.RetainAsync(T0 + (3000 * Day) + Hour, Kept, None);
        Assert.Null(await Rollups.FindMetricAsync("gone", None));
        Assert.Equal(young.Tags, Assert.Single(await Rollups.ListSeriesAsync("requests", 10, None)).Tags);
        Assert.Equal(1, (await Rollups.FindMetricAsync("requests", None))!.SeriesCount);
        Assert.Empty(await SumsAsync("requests", StoredResolution.OneDay, T0, T0 + Day, Day));
        // A series that comes back is new, and has none of the old one's rows.
        await AppendAsync(Of([B with { FirstSeenMs = T0 + (3000 * Day), LastSeenMs = T0 + (3000 * Day) }], [Row(0, T0 + (3000 * Day), 7)]));
        Assert.Equal([12.0], (await SumsAsync("requests", StoredResolution.OneDay, T0, T0 + (3001 * Day), Day)).Values);
    }

    private static void Same(AggregateFrame expected, AggregateFrame actual)
    {
        Assert.Equal(expected.Groups.Select(g => g.Key), actual.Groups.Select(g => g.Key));
        for (int i = 0; i < expected.Groups.Count; i++)
        {
            Assert.Equal(expected.Groups[i].Points.Select(p => (p.BucketMs, p.Aggregate)), actual.Groups[i].Points.Select(p => (p.BucketMs, p.Aggregate)));
        }
    }
}
