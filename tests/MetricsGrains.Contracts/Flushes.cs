using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Contracts;

/// <summary>Makes series, rows, flushes and queries for tests in few words.</summary>
public static class Flushes
{
    public const long Minute = Resolution.OneMinute;
    public const long Hour = Resolution.OneHour;
    public const long Day = Resolution.OneDay;

    /// <summary>Midnight, 10 March 2025 UTC: a day, hour and minute begin, a month and year don't.</summary>
    public static readonly long T0 = new DateTimeOffset(2025, 3, 10, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    public static SeriesDefinition Series(string metric, MetricKind kind, params (string Key, string Value)[] tags)
    {
        TagSet set = TagSet.Of(tags);
        return new SeriesDefinition(SeriesId.Of(Encoding.UTF8.GetBytes(metric), set.Canonical), metric, kind, "", set, T0, T0);
    }

    /// <summary>The aggregate of values a second apart.</summary>
    public static WindowAggregate Aggregate(long bucketMs, params double[] values)
    {
        var aggregate = default(WindowAggregate);
        for (int i = 0; i < values.Length; i++)
        {
            aggregate.Add(bucketMs + (i * 1_000), values[i], 1);
        }
        return aggregate;
    }

    public static RollupRow Row(int series, long bucketMs, params double[] values) => new(series, bucketMs, Aggregate(bucketMs, values), null);

    public static FlushCursor Cursor(string metric, ulong appliedThrough, long openFromMs = 0, string origin = "node-1", FlushStream stream = FlushStream.Rollup) =>
        new(metric, stream, origin, appliedThrough, appliedThrough, openFromMs);

    /// <summary>A flush of one metric; without a cursor it is never skipped.</summary>
    public static RollupFlush Of(IReadOnlyList<SeriesDefinition> series, IReadOnlyList<RollupRow> rows, params FlushCursor[] cursors) =>
        new(series[0].Metric, series, rows, cursors);

    /// <summary>One series, one row.</summary>
    public static RollupFlush One(SeriesDefinition series, long bucketMs, params double[] values) => Of([series], [Row(0, bucketMs, values)]);

    public static AggregateQuery Query(long fromMs, long toMs, long stepMs, IReadOnlyList<string>? groupBy = null, IReadOnlyList<TagFilter>? filters = null, SketchNeed sketch = SketchNeed.None) =>
        new(fromMs, toMs, stepMs, filters ?? [], groupBy, sketch);
}
