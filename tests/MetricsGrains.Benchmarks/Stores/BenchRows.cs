using System.Globalization;
using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Benchmarks.Stores;

/// <summary>Series with the tags of a usual service, and a minute's rows of them.</summary>
internal sealed class BenchRows
{
    /// <summary>Rows share a few sketches: making one costs more than writing it, and only the writing is to be measured.</summary>
    private const int Sketches = 256;

    private readonly Random _random = new(1);
    private readonly (WindowAggregate Aggregate, byte[]? Sketch)[] _samples;

    public BenchRows(string metric, MetricKind kind, int series, int samplesARow)
    {
        Metric = metric;
        byte[] name = Encoding.UTF8.GetBytes(metric);
        Series = [.. Enumerable.Range(0, series).Select(i =>
        {
            TagSet tags = TagSet.Of(("host", string.Create(CultureInfo.InvariantCulture, $"ip-10-0-{i / 256}-{i % 256}")), ("service", $"service-{i / 100}"), ("env", "production"));
            return new SeriesDefinition(SeriesId.Of(name, tags.Canonical), metric, kind, "", tags, 0, 0);
        })];
        _samples = [.. Enumerable.Range(0, Sketches).Select(_ => Sample(kind, samplesARow))];
    }

    public string Metric { get; }

    public SeriesDefinition[] Series { get; }

    /// <summary>A row a series.</summary>
    /// <param name="cursor">Its sequence; each flush needs a higher one.</param>
    public RollupFlush Minute(long minuteMs, ulong cursor)
    {
        var rows = new RollupRow[Series.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            (WindowAggregate aggregate, byte[]? sketch) = _samples[_random.Next(Sketches)];
            aggregate.LastAt += minuteMs;
            rows[i] = new RollupRow(i, minuteMs, aggregate, sketch);
        }
        return new RollupFlush(Metric, [.. Series.Select(s => s with { FirstSeenMs = minuteMs, LastSeenMs = minuteMs + 59_000 })], rows,
            [new FlushCursor(Metric, FlushStream.Rollup, "bench", cursor + 1, cursor, minuteMs + Resolution.OneMinute)]);
    }

    private (WindowAggregate, byte[]?) Sample(MetricKind kind, int samples)
    {
        var aggregate = default(WindowAggregate);
        var sketch = new ExponentialSketch();
        for (int i = 0; i < samples; i++)
        {
            double value = Math.Round(100 * Math.Exp(0.5 * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(Math.Tau * _random.NextDouble())), 2);
            aggregate.Add(i * 59_000L / samples, value, 1);
            sketch.Add(value);
        }
        return (aggregate, MetricKinds.HasSketch(kind) ? sketch.ToArray() : null);
    }
}
