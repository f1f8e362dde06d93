using System.Diagnostics;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Transfer;

namespace MetricsGrains.Benchmarks.Stores;

/// <summary>How fast `store migrate` copies a SQLite store into PostgreSQL and compares the two: rollups of gauges and distributions, and the hours and days of them.</summary>
internal static class StoreMigrating
{
    private const int SeriesAMetric = 1_000;

    public static async Task RunAsync(int series, int minutes)
    {
        await using BenchStore source = await BenchStore.SqliteAsync();
        BenchRows[] metrics = [.. Enumerable.Range(0, Math.Max(1, series / SeriesAMetric)).Select(m => m % 2 == 0
            ? new BenchRows($"bench.gauge.{m}", MetricKind.Gauge, SeriesAMetric, 6)
            : new BenchRows($"bench.latency.{m}", MetricKind.Distribution, SeriesAMetric, 60))];
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), start = Resolution.Floor(now, Resolution.OneHour) - (minutes * Resolution.OneMinute);
        for (int minute = 0; minute < minutes; minute++)
        {
            await source.Store.AppendAsync([.. metrics.Select(m => m.Minute(start + (minute * Resolution.OneMinute), (ulong)minute + 1))], CancellationToken.None);
        }
        await source.Store.DeriveAsync(now, CancellationToken.None);
        long bytes = (await source.Store.StatusAsync(CancellationToken.None)).SizeBytes;
        await source.CloseAsync();

        await using BenchStore target = await BenchStore.PostgresAsync();
        await target.CloseAsync();
        using var self = Process.GetCurrentProcess();
        TimeSpan cpu = self.TotalProcessorTime;
        TransferResult result = await new StoreTransfer(
            new StoreTransferOptions { SqlitePath = source.StorePath, ConnectionString = target.ConnectionString! }, TimeProvider.System).RunAsync(static _ => { }, CancellationToken.None);
        self.Refresh();
        double used = (self.TotalProcessorTime - cpu).TotalSeconds;
        Console.WriteLine(
            $"{result.RowsCopied:N0} rows, {bytes / 1e6:N0} MB: copied in {result.Copying.TotalSeconds:0.0} s ({result.RowsCopied / result.Copying.TotalSeconds:N0} rows/s), compared in {result.Verifying.TotalSeconds:0.0} s "
            + $"({result.RowsCopied / result.Verifying.TotalSeconds:N0} rows/s), {(result.IsVerified ? "the same" : "NOT the same")}; own CPU {used / result.RowsCopied * 1e6:0.0} µs a row, both together; {self.PeakWorkingSet64 / 1e6:N0} MB at most, the filling included");
    }
}
