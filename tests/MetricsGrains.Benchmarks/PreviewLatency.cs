using System.Diagnostics;
using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Sketches;
using MetricsGrains.Core.Windows;
using MetricsGrains.Query;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Storage.Sqlite;

namespace MetricsGrains.Benchmarks;

/// <summary>What a rule's preview over a day costs: 23 hours of rows in SQLite, the last hour in the grains, as on one machine. In one process, so its CPU time is all of it.</summary>
internal static class PreviewLatency
{
    private const long Step = Resolution.TenSeconds;

    public static async Task RunAsync(int groups, int repeats)
    {
        string folder = Directory.CreateTempSubdirectory("metricsgrains-preview-").FullName;
        try
        {
            long now = Resolution.Floor(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), Resolution.OneMinute);
            await using var store = new SqliteStore(new SqliteStoreOptions { Path = Path.Combine(folder, "bench.db") }, TimeProvider.System);
            await store.OpenAsync(default);
            await using var host = new InProcessGrainHost(2, new GrainLimits(new MetricGrainOptions(), new Dictionary<string, int>()), [], now - Resolution.OneHour, "bench", TimeProvider.System);
            foreach (MetricKind kind in (MetricKind[])[MetricKind.Gauge, MetricKind.Distribution])
            {
                await StoreDayAsync(store, kind, groups, now);
                await LoadHourAsync(host, kind, groups, now);
            }
            var previews = new RulePreviews(host, store, store, TimeProvider.System);
            foreach ((MetricKind kind, string statistic, int window) in ((MetricKind, string, int)[])[(MetricKind.Gauge, "avg", 5), (MetricKind.Gauge, "max", 60), (MetricKind.Distribution, "p99", 5), (MetricKind.Distribution, "p99", 60)])
            {
                await MeasureAsync(previews, repeats, groups, now, kind, statistic, window, anew: true);
                await MeasureAsync(previews, repeats, groups, now, kind, statistic, window, anew: false);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(RulePreviews previews, int repeats, int groups, long now, MetricKind kind, string statistic, int window, bool anew)
    {
        Statistic.TryParse(statistic, out Statistic parsed);
        var rule = new AlertRule { Id = Guid.NewGuid(), Name = "bench", MetricName = NameOf(kind), GroupBy = ["host"], Statistic = parsed, WindowMinutes = window, Threshold = kind == MetricKind.Gauge ? 52 : 480, For = TimeSpan.FromMinutes(1) };
        // A first round compiles; as many firings as come of it show that the rule is not idle.
        RulePreview first = await previews.PreviewAsync(rule, now - Resolution.OneDay, now, default);
        double[] milliseconds = new double[repeats];
        using Process self = Process.GetCurrentProcess();
        TimeSpan cpu = self.TotalProcessorTime;
        long allocated = GC.GetTotalAllocatedBytes();
        for (int i = 0; i < repeats; i++)
        {
            long started = Stopwatch.GetTimestamp();
            // Another threshold each time, as one drags it; or another range, for which all must be read again.
            long shift = anew ? (i + 1) * Resolution.OneMinute : 0;
            await previews.PreviewAsync(rule with { Threshold = rule.Threshold + (i * 0.01) }, now - Resolution.OneDay - shift, now - shift, default);
            milliseconds[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
        self.Refresh();
        double cpuEach = (self.TotalProcessorTime - cpu).TotalMilliseconds / repeats;
        Array.Sort(milliseconds);
        Console.WriteLine($"{statistic} over {window,2} m, a day of {groups} groups, {first.TotalFirings,5} firings, {(anew ? "read anew" : "kept"),9}: avg {milliseconds.Average(),6:0} ms   median {milliseconds[repeats / 2],7:0} ms   p99 {milliseconds[(int)(repeats * 0.99)],7:0} ms   CPU {cpuEach,7:0} ms each   {(GC.GetTotalAllocatedBytes() - allocated) / repeats / 1_048_576,5} MB allocated each");
    }

    private static string NameOf(MetricKind kind) => "bench." + MetricKinds.NameOf(kind);

    private static TagSet TagsOf(int group) => TagSet.Of(("host", $"h{group}"));

    private static async Task StoreDayAsync(SqliteStore store, MetricKind kind, int groups, long now)
    {
        var random = new Random(7);
        SeriesDefinition[] series = [.. Enumerable.Range(0, groups).Select(g => new SeriesDefinition(SeriesId.Of(System.Text.Encoding.UTF8.GetBytes(NameOf(kind)), TagsOf(g).Canonical), NameOf(kind), kind, "", TagsOf(g), now - Resolution.OneDay, now))];
        for (long hour = now - Resolution.OneDay - Resolution.OneHour; hour < now - Resolution.OneHour; hour += Resolution.OneHour)
        {
            var rows = new List<RollupRow>();
            for (long minute = hour; minute < hour + Resolution.OneHour; minute += Resolution.OneMinute)
            {
                for (int g = 0; g < groups; g++)
                {
                    rows.Add(Row(g, kind, minute, random));
                }
            }
            await store.AppendAsync([new RollupFlush(NameOf(kind), series, rows, [])], default);
        }
    }

    private static RollupRow Row(int series, MetricKind kind, long minute, Random random)
    {
        var aggregate = new WindowAggregate();
        var sketch = new ExponentialSketch();
        for (long at = minute; at < minute + Resolution.OneMinute; at += Step)
        {
            for (int i = 0; i < PerWindow(kind); i++)
            {
                double value = ValueOf(kind, random);
                aggregate.Add(at, value, 1);
                sketch.Add(value);
            }
        }
        return new RollupRow(series, minute, aggregate, kind == MetricKind.Distribution ? sketch.ToArray() : null);
    }

    private static async Task LoadHourAsync(InProcessGrainHost host, MetricKind kind, int groups, long now)
    {
        var random = new Random(8);
        byte[] name = System.Text.Encoding.UTF8.GetBytes(NameOf(kind));
        var batch = new SampleBatchBuilder();
        for (long at = now - Resolution.OneHour; at < now; at += Step)
        {
            batch.Clear();
            for (int g = 0; g < groups; g++)
            {
                byte[] tags = TagsOf(g).Canonical.ToArray();
                SeriesRef series = batch.AddSeries(name, kind, [], tags, SeriesId.Of(name, tags));
                for (int i = 0; i < PerWindow(kind); i++)
                {
                    batch.Add(series, at, ValueOf(kind, random));
                }
            }
            await host.AppendAsync(batch.ToArray(), new BatchOrigin("", 0), default);
        }
    }

    private static int PerWindow(MetricKind kind) => kind == MetricKind.Distribution ? 10 : 1;

    private static double ValueOf(MetricKind kind, Random random) => kind == MetricKind.Distribution ? random.Next(1, 500) : random.Next(0, 100);
}
