using System.Diagnostics;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Benchmarks.Stores;

/// <summary>What it takes to bring a minute of many series to PostgreSQL, as the flush loop does: rows, cursors and marks in one transaction.</summary>
internal static class RollupFlushing
{
    private const int SeriesAMetric = 5_000;

    public static async Task RunAsync(string? store, int series, int minutes)
    {
        foreach ((MetricKind kind, string name) in ((MetricKind, string)[])[(MetricKind.Gauge, "bench.gauge"), (MetricKind.Distribution, "bench.latency")])
        {
            await using BenchStore bench = await BenchStore.NamedAsync(store);
            await MeasureAsync(bench, kind, name, series, minutes);
        }
    }

    private static async Task MeasureAsync(BenchStore bench, MetricKind kind, string name, int series, int minutes)
    {
        BenchRows[] metrics = [.. Enumerable.Range(0, Math.Max(1, series / SeriesAMetric)).Select(m => new BenchRows($"{name}.{m}", kind, Math.Min(series, SeriesAMetric), 60))];
        long start = Resolution.Floor(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), Resolution.OneHour);
        // The first brings the series too; it happens once in their life.
        double first = await AppendAsync(bench, metrics, start, 1);
        double cpu = bench.ConnectionString is null ? 0 : await bench.BackendSecondsAsync(), seconds = 0;
        for (int minute = 1; minute <= minutes; minute++)
        {
            seconds += await AppendAsync(bench, metrics, start + (minute * Resolution.OneMinute), (ulong)minute + 1);
        }
        long rows = (long)minutes * metrics.Sum(m => m.Series.Length);
        string backend = bench.ConnectionString is null ? "" : $", backend CPU {(await bench.BackendSecondsAsync() - cpu) / rows * 1e6:0.0} µs a row";
        StoreStatus status = await bench.Store.StatusAsync(CancellationToken.None);
        Console.WriteLine($"{MetricKinds.NameOf(kind)}: {rows:N0} rows of {metrics.Sum(m => m.Series.Length):N0} series, {rows / seconds:N0} rows/s{backend}; a flush takes {seconds / minutes * 1000:N0} ms, the first with all series new {first * 1000:N0} ms; {status.SizeBytes / (double)status.Rollups1m:0} B a row, all included");
        if (bench.ConnectionString is not null)
        {
            await new TableOnDisk(bench, "rollup_1m").CompressAsync(status.Rollups1m, "row");
        }
    }

    private static async Task<double> AppendAsync(BenchStore bench, BenchRows[] metrics, long minuteMs, ulong cursor)
    {
        RollupFlush[] flushes = [.. metrics.Select(m => m.Minute(minuteMs, cursor))];
        long started = Stopwatch.GetTimestamp();
        await bench.Store.AppendAsync(flushes, CancellationToken.None);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
