using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MetricsGrains.Benchmarks;

/// <summary>How long GET /metrics takes for the last hour. Wall clock, so compare within one run; the processor time an answer costs stands beside it.</summary>
internal static class QueryLatency
{
    private const int Series = 100;

    public static async Task RunAsync(int repeats)
    {
        using NodeUnderLoad node = await NodeUnderLoad.StartAsync();
        await LoadAsync(node);
        await MeasureAsync(node, repeats, "one hour of one series, 10 s, avg", "name=bench.gauge&tags=host:h7&resolution=10s&stat=avg");
        await MeasureAsync(node, repeats, "one hour of one series, 1 m, p99", "name=bench.latency&tags=host:h7&resolution=1m&stat=p99");
        await MeasureAsync(node, repeats, $"p99 over {Series} series, 1 m", "name=bench.latency&resolution=1m&stat=p99");
        await MeasureAsync(node, repeats, $"p99 over {Series} series, 10 s", "name=bench.latency&resolution=10s&stat=p99");
        await MeasureAsync(node, repeats, $"p99 by host, {Series} groups, 1 m", "name=bench.latency&resolution=1m&stat=p99&by=host");
    }

    private static async Task LoadAsync(NodeUnderLoad node)
    {
        var random = new Random(7);
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var body = new StringBuilder();
        for (long at = now - 3_600_000; at < now; at += 10_000)
        {
            for (int i = 0; i < Series; i++)
            {
                body.Append(CultureInfo.InvariantCulture, $$$"""{"name":"bench.gauge","value":{{{random.Next(1000)}}},"tags":{"host":"h{{{i}}}"},"timestamp":{{{at}}}}""").Append('\n');
                body.Append(CultureInfo.InvariantCulture, $$$"""{"name":"bench.latency","type":"distribution","values":[{{{string.Join(',', Enumerable.Range(0, 10).Select(_ => random.Next(1, 500)))}}}],"tags":{"host":"h{{{i}}}"},"timestamp":{{{at}}}}""").Append('\n');
            }
            if (body.Length > 4_000_000)
            {
                await PostAsync(node, body);
            }
        }
        await PostAsync(node, body);
        // The late minutes' windows are sealed by the next tick; measure the state that lasts.
        await Task.Delay(TimeSpan.FromSeconds(15));
    }

    private static async Task PostAsync(NodeUnderLoad node, StringBuilder body)
    {
        using HttpResponseMessage answer = await node.Http.PostAsync("/api/v1/points", new StringContent(body.ToString()));
        answer.EnsureSuccessStatusCode();
        body.Clear();
    }

    private static async Task MeasureAsync(NodeUnderLoad node, int repeats, string what, string query)
    {
        for (int i = 0; i < 30; i++)
        {
            await node.Http.GetByteArrayAsync("/metrics?" + query);
        }
        double[] milliseconds = new double[repeats];
        TimeSpan cpu = node.CpuTime;
        for (int i = 0; i < repeats; i++)
        {
            long started = Stopwatch.GetTimestamp();
            await node.Http.GetByteArrayAsync("/metrics?" + query);
            milliseconds[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
        double cpuEach = (node.CpuTime - cpu).TotalMilliseconds / repeats;
        Array.Sort(milliseconds);
        Console.WriteLine($"{what,-40} median {milliseconds[repeats / 2],7:0.00} ms   p99 {milliseconds[(int)(repeats * 0.99)],7:0.00} ms   server CPU {cpuEach,7:0.00} ms each");
    }
}
