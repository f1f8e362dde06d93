using System.Net.Sockets;
using System.Text;

namespace MetricsGrains.Benchmarks;

/// <summary>How many points one core of the server takes in: points over the server's own processor seconds, so that the sender's share and the machine's other work do not count.</summary>
internal static class IngestLoad
{
    private const int Services = 50;

    public static async Task StatsDAsync(int points, int series)
    {
        using NodeUnderLoad node = await NodeUnderLoad.StartAsync();
        byte[][] chunks = [.. StatsDChunks(series)];
        int perRound = series;
        await SendRoundsAsync(node, chunks, Math.Max(1, 2_000_000 / perRound));
        await SettleAsync(node, 0);
        double before = await node.CounterAsync("metricsgrains_ingest_accepted_total");
        TimeSpan cpu = node.CpuTime;
        int rounds = points / perRound;
        long sent = (long)rounds * perRound;
        await SendRoundsAsync(node, chunks, rounds);
        await SettleAsync(node, before + sent);
        Report("StatsD over TCP", sent, series, node.CpuTime - cpu);
    }

    public static async Task NdjsonAsync(int points, int series)
    {
        using NodeUnderLoad node = await NodeUnderLoad.StartAsync();
        const int perRequest = 5_000;
        byte[][] bodies = [.. Enumerable.Range(0, Math.Max(1, series / perRequest)).Select(n => NdjsonBody(n * perRequest, perRequest, series))];
        await PostRoundsAsync(node, bodies, 200);
        TimeSpan cpu = node.CpuTime;
        int requests = points / perRequest;
        await PostRoundsAsync(node, bodies, requests);
        Report("POST /api/v1/points, NDJSON", (long)requests * perRequest, series, node.CpuTime - cpu);
    }

    /// <summary>One point of each series.</summary>
    internal static IEnumerable<byte[]> StatsDChunks(int series)
    {
        var text = new StringBuilder();
        for (int i = 0; i < series; i++)
        {
            string type = (i % 4) switch { 0 => "c", 1 => "g", 2 => "ms", _ => "c" };
            text.Append($"api.{(i % 20)}.requests.{type}:{i % 977}|{type}|#env:production,service:service-{i % Services},host:ip-10-0-{i / 256 % 256}-{i % 256}\n");
            if (text.Length > 60_000)
            {
                yield return Encoding.UTF8.GetBytes(text.ToString());
                text.Clear();
            }
        }
        yield return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A request of <paramref name="count"/> points, one of each series from the given one on, and round again.</summary>
    internal static byte[] NdjsonBody(int from, int count, int series)
    {
        var text = new StringBuilder();
        for (int n = from; n < from + count; n++)
        {
            int i = n % series;
            text.Append($$$"""{"name":"api.{{{i % 20}}}.requests","type":"counter","value":{{{i % 977}}},"tags":{"env":"production","service":"service-{{{i % Services}}}","host":"ip-10-0-{{{i / 256 % 256}}}-{{{i % 256}}}"}}""").Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Over one connection.</summary>
    internal static async Task SendRoundsAsync(NodeUnderLoad node, byte[][] chunks, int rounds)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", node.TcpPort);
        for (int round = 0; round < rounds; round++)
        {
            foreach (byte[] chunk in chunks)
            {
                for (int at = 0; at < chunk.Length;)
                {
                    at += await socket.SendAsync(chunk.AsMemory(at));
                }
            }
        }
        socket.Shutdown(SocketShutdown.Send);
    }

    internal static async Task PostRoundsAsync(NodeUnderLoad node, byte[][] bodies, int requests, int clients = 4)
    {
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            for (int i = Interlocked.Increment(ref next); i <= requests; i = Interlocked.Increment(ref next))
            {
                using HttpResponseMessage answer = await node.Http.PostAsync("/api/v1/points", new ByteArrayContent(bodies[i % bodies.Length]));
                answer.EnsureSuccessStatusCode();
            }
        }));
    }

    private static async Task SettleAsync(NodeUnderLoad node, double expected)
    {
        double last = -1;
        for (int i = 0; i < 600; i++)
        {
            double accepted = await node.CounterAsync("metricsgrains_ingest_accepted_total");
            if (expected > 0 ? accepted >= expected : accepted - last < 1_000 && last >= 0)
            {
                return;
            }
            last = accepted;
            await Task.Delay(250);
        }
        throw new InvalidOperationException($"only {last} of {expected} points were taken in");
    }

    private static void Report(string what, long points, int series, TimeSpan cpu) =>
        Console.WriteLine($"{what}: {points:N0} points of {series:N0} series, {cpu.TotalSeconds:0.00} server-core-seconds, {points / cpu.TotalSeconds:N0} points per server-core-second");
}
