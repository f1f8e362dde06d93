using System.Diagnostics;
using System.Globalization;
using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Benchmarks.Stores;

/// <summary>
/// How long GET /metrics takes with 10,000 series of a distribution: the last hour from memory, the last day from a day of minutes in the store, and
/// the last month from hours, most of which hold one minute's row.
/// </summary>
internal static class StoredQueries
{
    private const string Metric = "bench.latency";

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5), Measuring = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(string? store, int series, int repeats)
    {
        await using BenchStore bench = await BenchStore.NamedAsync(store);
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await LoadOldAsync(bench, series, now);
        await bench.CloseAsync();
        string[] settings = bench.ConnectionString is null ? [] : [$"--MetricsGrains:Store:ConnectionString={bench.ConnectionString}"];
        using NodeUnderLoad node = await NodeUnderLoad.StartOverAsync(bench.DataPath, [$"--MetricsGrains:Cardinality:MaxSeriesPerMetric={series}", .. settings]);
        await LoadLastHourAsync(node, series);
        foreach ((string range, string query) in ((string, string)[])[("hour, 1 m", "from=now-1h&resolution=1m"), ("day, 5 m", "from=now-24h&resolution=5m"), ("month, 1 h", "from=now-30d&resolution=1h"), ("month, 1 d", "from=now-30d&resolution=1d")])
        {
            string one = $"name={Metric}&{query}&tags=host:ip-10-0-7-7", service = $"name={Metric}&{query}&tags=service:service-7", all = $"name={Metric}&{query}";
            await MeasureAsync(bench, node, repeats, $"{range}, one series, p99", one + "&stat=p99");
            await MeasureAsync(bench, node, repeats, $"{range}, 100 series, p99", service + "&stat=p99");
            await MeasureAsync(bench, node, repeats, $"{range}, 100 series, avg by host", service + "&stat=avg&by=host");
            await MeasureAsync(bench, node, repeats, $"{range}, {series:N0} series, avg", all + "&stat=avg");
            await MeasureAsync(bench, node, repeats, $"{range}, {series:N0} series, p99", all + "&stat=p99");
        }
    }

    private static async Task LoadOldAsync(BenchStore bench, int series, long now)
    {
        var rows = new BenchRows(Metric, MetricKind.Distribution, series, 6);
        long dayAgo = Resolution.Floor(now - Resolution.OneDay, Resolution.OneHour), hourAgo = Resolution.Floor(now - (65 * Resolution.OneMinute), Resolution.OneMinute);
        long started = Stopwatch.GetTimestamp();
        ulong cursor = 0;
        for (long hour = dayAgo - (29 * Resolution.OneDay); hour < dayAgo; hour += Resolution.OneHour)
        {
            await bench.Store.AppendAsync([rows.Minute(hour, ++cursor)], CancellationToken.None);
        }
        for (long minute = dayAgo; minute < hourAgo; minute += Resolution.OneMinute)
        {
            await bench.Store.AppendAsync([rows.Minute(minute, ++cursor)], CancellationToken.None);
        }
        double append = Stopwatch.GetElapsedTime(started).TotalSeconds;
        started = Stopwatch.GetTimestamp();
        int derived = await bench.Store.DeriveAsync(now, CancellationToken.None);
        Console.WriteLine($"loaded {(long)cursor * series:N0} rows in {append:0} s ({(long)cursor * series / append:N0} rows/s), derived {derived} hours and days in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s; {(await bench.Store.StatusAsync(CancellationToken.None)).SizeBytes / 1e9:0.0} GB");
        if (bench.ConnectionString is not null)
        {
            await bench.ExecuteAsync("VACUUM ANALYZE");
        }
    }

    /// <summary>A sample every ten seconds of every series, sent as of the last hour.</summary>
    private static async Task LoadLastHourAsync(NodeUnderLoad node, int series)
    {
        var random = new Random(7);
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var body = new StringBuilder();
        for (long at = now - (65 * Resolution.OneMinute); at < now; at += Resolution.TenSeconds)
        {
            for (int i = 0; i < series; i++)
            {
                body.Append(CultureInfo.InvariantCulture, $$$"""{"name":"{{{Metric}}}","type":"distribution","value":{{{random.Next(1, 500)}}},"tags":{"host":"ip-10-0-{{{i / 256}}}-{{{i % 256}}}","service":"service-{{{i / 100}}}","env":"production"},"timestamp":{{{at}}}}""").Append('\n');
            }
            using HttpResponseMessage answer = await node.Http.PostAsync("/api/v1/points", new StringContent(body.ToString()));
            answer.EnsureSuccessStatusCode();
            body.Clear();
        }
        // The late minutes' windows are sealed and their rows are written; measure the state that lasts.
        await Task.Delay(TimeSpan.FromSeconds(30));
    }

    private static async Task MeasureAsync(BenchStore bench, NodeUnderLoad node, int repeats, string what, string query)
    {
        await AskAsync(node, query, Math.Min(10, repeats), WarmUp, least: 1);
        TimeSpan cpu = node.CpuTime;
        double backends = bench.ConnectionString is null ? 0 : await bench.BackendSecondsAsync();
        List<double> milliseconds = await AskAsync(node, query, repeats, Measuring, least: 3);
        double cpuEach = (node.CpuTime - cpu).TotalMilliseconds / milliseconds.Count;
        string backendsEach = bench.ConnectionString is null ? "" : $"   PostgreSQL's CPU {(await bench.BackendSecondsAsync() - backends) * 1000 / milliseconds.Count,8:0} ms";
        milliseconds.Sort();
        Console.WriteLine($"{what,-42} median {milliseconds[milliseconds.Count / 2],8:0.0} ms   p99 {milliseconds[(int)(milliseconds.Count * 0.99)],8:0.0} ms of {milliseconds.Count,3}   node CPU {cpuEach,8:0.0} ms each{backendsEach}");
    }

    /// <summary>How long each answer took, ms. Answers that take long are asked for fewer times.</summary>
    private static async Task<List<double>> AskAsync(NodeUnderLoad node, string query, int most, TimeSpan time, int least)
    {
        var milliseconds = new List<double>();
        long began = Stopwatch.GetTimestamp();
        while (milliseconds.Count < most && (milliseconds.Count < least || Stopwatch.GetElapsedTime(began) < time))
        {
            long started = Stopwatch.GetTimestamp();
            await node.Http.GetByteArrayAsync("/metrics?" + query);
            milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        return milliseconds;
    }
}
