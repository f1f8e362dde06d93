using System.Diagnostics;
using System.Globalization;
using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Windows;
using MetricsGrains.Storage.Wal;

namespace MetricsGrains.Benchmarks;

/// <summary>How long a node takes to start after a crash that left a log of an hour, and how many points a second it replays.</summary>
internal static class LogReplaying
{
    private const int Metrics = 20;

    public static async Task RunAsync(int megabytes, int series)
    {
        string folder = Directory.CreateTempSubdirectory("metricsgrains-bench-").FullName;
        long samples = await WriteLogAsync(Path.Combine(folder, "log"), megabytes * 1_000_000L, series);
        Console.WriteLine($"log of {megabytes} MB, {samples:N0} points of {series:N0} series in {Metrics} metrics");
        await StartAsync(folder, samples, "the store has nothing of it");
        await StartAsync(folder, samples, "the store has all but the last minute");
        Directory.Delete(folder, recursive: true);
    }

    private static async Task StartAsync(string folder, long samples, string store)
    {
        long started = Stopwatch.GetTimestamp();
        using NodeUnderLoad node = await NodeUnderLoad.StartOverAsync(folder);
        double ready = Stopwatch.GetElapsedTime(started).TotalSeconds;
        TimeSpan cpu = node.CpuTime;
        Console.WriteLine($"{store}: ready after {ready:0.0} s, {cpu.TotalSeconds:0.0} CPU seconds, {samples / cpu.TotalSeconds:N0} points per CPU second, {node.PeakBytes / 1e6:N0} MB at most; {node.Said("Replayed")}; memory has {await CountAsync(node):N0} points");
        // Until minutes and raw samples are in the store; the kill comes with the end of this.
        while (await node.CounterAsync("metricsgrains_flush_rows_total") == 0)
        {
            await Task.Delay(500);
        }
        await Task.Delay(TimeSpan.FromSeconds(5));
    }

    /// <summary>As the listeners write it: a batch has what came within moments, half of the series once each.</summary>
    private static async Task<long> WriteLogAsync(string directory, long bytes, int series)
    {
        await using FileIngestLog log = await FileIngestLog.OpenAsync(new IngestLogOptions { Directory = directory, MaxBytes = bytes * 2, Durability = LogDurability.Interval, SyncInterval = TimeSpan.FromSeconds(1) }, TimeProvider.System, null, CancellationToken.None);
        (byte[] Name, MetricKind Kind, byte[] Tags, SeriesId Id)[] all = [.. Enumerable.Range(0, series).Select(Series)];
        var random = new Random(1);
        var batch = new SampleBatchBuilder();
        long samples = 0, now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), start = now - Resolution.OneHour;
        for (int half = 0; log.Status.Bytes < bytes; half ^= 1)
        {
            batch.Clear();
            long at = start + (long)(Resolution.OneHour * (double)log.Status.Bytes / bytes);
            for (int i = half; i < series; i += 2)
            {
                (byte[] name, MetricKind kind, byte[] tags, SeriesId id) = all[i];
                batch.Add(batch.AddSeries(name, kind, [], tags, id), at + random.Next(1_000), random.Next(1_000));
            }
            samples += batch.SampleCount;
            await log.AppendAsync(batch.ToArray(), batch.NewestMs, CancellationToken.None);
        }
        return samples;
    }

    private static (byte[], MetricKind, byte[], SeriesId) Series(int i)
    {
        MetricKind kind = (i % Metrics % 4) switch { 0 => MetricKind.Gauge, 1 => MetricKind.Distribution, _ => MetricKind.Counter };
        byte[] name = Encoding.UTF8.GetBytes(NameOf(i % Metrics));
        TagSet tags = TagSet.Of(("host", string.Create(CultureInfo.InvariantCulture, $"ip-10-0-{i / Metrics / 256}-{i / Metrics % 256}")), ("service", $"service-{i % 50}"), ("env", "production"));
        return (name, kind, tags.Canonical.ToArray(), SeriesId.Of(name, tags.Canonical));
    }

    private static string NameOf(int metric) => $"bench.replay.{metric}";

    private static async Task<double> CountAsync(NodeUnderLoad node)
    {
        double count = 0;
        for (int metric = 0; metric < Metrics; metric++)
        {
            using System.Text.Json.JsonDocument answer = System.Text.Json.JsonDocument.Parse(await node.Http.GetStringAsync($"/metrics?name={NameOf(metric)}&stat=count&resolution=1m&from=now-2h&to=now"));
            count += answer.RootElement.GetProperty("datapoints").EnumerateArray().Sum(p => p.GetProperty("value").GetDouble());
        }
        return count;
    }
}
