using System.Diagnostics;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Benchmarks.Stores;

/// <summary>How fast raw samples go to a store and how much room they take: a sample every ten seconds, blocks of ten minutes, as the archiver makes them.</summary>
internal static class RawBlockStoring
{
    private const int SamplesABlock = 60;

    public static async Task RunAsync(string? store, int series, int blocks)
    {
        await using BenchStore bench = await BenchStore.NamedAsync(store);
        await MeasureAsync(bench, series, blocks, "two decimals", static r => Math.Round(r.NextDouble() * 100, 2));
        if (bench.ConnectionString is not null)
        {
            await new TableOnDisk(bench, "raw_block").CompressAsync((long)series * blocks * SamplesABlock, "point");
        }
    }

    private static async Task MeasureAsync(BenchStore bench, int series, int blocks, string values, Func<Random, double> next)
    {
        var random = new Random(1);
        SeriesDefinition[] definitions = new BenchRows("bench.raw", MetricKind.Gauge, series, 1).Series;
        long start = Resolution.Floor(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), Resolution.OneDay) - Resolution.OneDay;
        long points = 0;
        double seconds = 0, cpu = bench.ConnectionString is null ? 0 : await bench.BackendSecondsAsync();
        for (int block = 0; block < blocks; block++)
        {
            long from = start + (block * SamplesABlock * Resolution.TenSeconds);
            // Not to the millisecond: samples come when they come.
            RawBlock[] batch = [.. definitions.Select(d => Block(d, from, random, next))];
            long started = Stopwatch.GetTimestamp();
            await bench.Store.AppendRawAsync(batch, new FlushCursor("*", FlushStream.Raw, "bench", (ulong)block + 2, (ulong)block + 1, 0), CancellationToken.None);
            seconds += Stopwatch.GetElapsedTime(started).TotalSeconds;
            points += batch.Sum(b => b.Times.Count);
        }
        string backend = bench.ConnectionString is null ? "" : $", backend CPU {(await bench.BackendSecondsAsync() - cpu) / points * 1e6:0.00} µs a point";
        Console.WriteLine($"raw blocks of {SamplesABlock} samples, {values}: {points:N0} points of {series:N0} series, {points / seconds:N0} points/s{backend}; {(await bench.Store.StatusAsync(CancellationToken.None)).SizeBytes / (double)points:0.0} B a point, all included");
    }

    private static RawBlock Block(SeriesDefinition series, long fromMs, Random random, Func<Random, double> next)
    {
        long[] times = new long[SamplesABlock];
        double[] values = new double[SamplesABlock];
        for (int i = 0; i < times.Length; i++)
        {
            times[i] = fromMs + (i * Resolution.TenSeconds) + random.Next(50);
            values[i] = next(random);
        }
        return new RawBlock(series, times, values, null);
    }
}
