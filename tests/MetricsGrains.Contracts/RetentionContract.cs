using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using static MetricsGrains.Contracts.Flushes;

namespace MetricsGrains.Contracts;

/// <summary>
/// A year of a store's life, by a clock of our own: what is within its retention is exact at every resolution, whatever was dropped
/// beside it and however late it came; what is older goes, by whole partitions; and a retention that was changed between two starts holds from then on.
/// </summary>
public abstract class RetentionContract : StoreContract
{
    private const string Metric = "m";

    /// <summary>How long a partition is: what is older than retention and partition together is gone.</summary>
    private static readonly (StoredResolution? Resolution, long SpanMs, long BucketMs)[] s_kinds =
        [(null, Day, Minute), (StoredResolution.OneMinute, Day, Minute), (StoredResolution.OneHour, 31 * Day, Hour), (StoredResolution.OneDay, 366 * Day, Day)];

    private readonly int _seed = Random.Shared.Next(100_000);
    private readonly List<(long At, double Value)> _all = [];
    private readonly Dictionary<StoredResolution, long> _completeFrom = [];
    private long _rawCompleteFrom = long.MinValue;
    private ulong _applied;

    [ContractFact]
    public async Task Retain_ThroughAYear_WhatIsKeptIsExactAndWhatIsOldGoes()
    {
        var random = new Random(_seed);
        // The second time minutes go before raw samples do: what comes late by days then finds its minute gone.
        Retention[] settings = [Kept(3, 10, 40, 100), Kept(5, 2, 60, 150), Kept(1, 20, 30, 60)];
        long now = T0;
        foreach (Retention retention in settings)
        {
            for (long until = now + (120 * Day); now < until; now += random.NextInt64(5 * Hour, 7 * Day))
            {
                await WriteAsync(random, now, retention);
                if (random.Next(3) == 0)
                {
                    await Rollups.DeriveAsync(now, None);
                }
                await Rollups.RetainAsync(now, retention, None);
                foreach ((StoredResolution? resolution, long span, long bucket) in s_kinds)
                {
                    await CheckAsync(resolution, span, bucket, now, retention);
                }
            }
            await Harness.ReopenAsync();
        }
        await Rollups.RetainAsync(now + (100 * Day), settings[^1], None);
        Assert.Null(await Rollups.FindMetricAsync(Metric, None));
        StoreStatus empty = await Rollups.StatusAsync(None);
        Assert.Equal((0, 0, 0), (empty.Rollups1m, empty.RawBlocks, empty.SeriesCount));
    }

    private static Retention Kept(int raw, int minutes, int hours, int days) =>
        new(TimeSpan.FromDays(raw), TimeSpan.FromDays(minutes), TimeSpan.FromDays(hours), TimeSpan.FromDays(days));

    private async Task WriteAsync(Random random, long now, Retention retention)
    {
        // Half of it is new, half comes late, by as much as the raw retention allows.
        long[] times = [.. Enumerable.Range(0, 24).Select(i => now - (i % 2 == 0 ? random.NextInt64(Hour) : random.NextInt64((long)retention.Raw.TotalMilliseconds))).Order()];
        double[] values = [.. times.Select(_ => (double)random.Next(1, 1_000))];
        SeriesDefinition series = Series(Metric, MetricKind.Counter, ("s", $"{random.Next(3)}")) with { LastSeenMs = now };
        await AppendAsync(Of([series], [.. times.Select((t, i) => new RollupRow(0, Resolution.Floor(t, Minute), Flushes.Aggregate(t, values[i]), null))], Cursor(Metric, ++_applied)));
        await Raw.AppendRawAsync([new RawBlock(series, times, values, null)], Cursor("*", _applied, stream: FlushStream.Raw), None);
        _all.AddRange(times.Zip(values));
    }

    private async Task CheckAsync(StoredResolution? resolution, long spanMs, long bucketMs, long now, Retention retention)
    {
        TimeSpan kept = resolution switch { null => retention.Raw, StoredResolution.OneMinute => retention.OneMinute, StoredResolution.OneHour => retention.OneHour, _ => retention.OneDay };
        long keptFrom = now - (long)kept.TotalMilliseconds;
        // Of what a shorter retention has dropped a longer one brings nothing back.
        long completeFrom = resolution is { } r ? _completeFrom[r] = Math.Max(_completeFrom.GetValueOrDefault(r, long.MinValue), keptFrom) : _rawCompleteFrom = Math.Max(_rawCompleteFrom, keptFrom);
        AggregateQuery query = Query(T0 - (366 * Day), Resolution.Floor(now, Day) + Day, bucketMs, []);
        AggregateFrame frame = (resolution is { } stored ? await Rollups.ReadAsync(Metric, stored, query, None) : await Raw.ReadRawAsync(Metric, query, None))!;
        var got = frame.Groups.SelectMany(g => g.Points).ToDictionary(p => p.BucketMs, p => p.Aggregate.Sum);
        var want = _all.GroupBy(s => Resolution.Floor(s.At, bucketMs)).ToDictionary(g => g.Key, g => g.Sum(s => s.Value));
        long exactFrom = Resolution.Ceiling(completeFrom, bucketMs);
        foreach (long bucket in got.Keys.Union(want.Keys).Where(b => b >= exactFrom))
        {
            Assert.True(want.GetValueOrDefault(bucket) == got.GetValueOrDefault(bucket), $"seed {_seed}, {resolution}, {(now - T0) / (double)Day:0.0} days on, bucket of {(now - bucket) / (double)Day:0.0} days ago: {got.GetValueOrDefault(bucket)}, must be {want.GetValueOrDefault(bucket)}");
        }
        Assert.True(got.Keys.All(b => b >= keptFrom - spanMs), $"seed {_seed}, {resolution}: {got.Keys.DefaultIfEmpty(now).Min()} is older than {keptFrom} by more than a partition");
    }
}
