using System.Diagnostics;
using System.Text.Json;

namespace MetricsGrains.Node.Tests;

/// <summary>The npm client that most Node.js shops send StatsD with.</summary>
public sealed class HotShotsTests : IDisposable
{
    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [NpmFact]
    public async Task HotShots_OverUdpAndTcp_IsReadBackExactlyBeforeAndAfterARestart()
    {
        string client = Path.Combine(_data.Path, "client");
        Directory.CreateDirectory(client);
        foreach (string file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "client")))
        {
            File.Copy(file, Path.Combine(client, Path.GetFileName(file)));
        }
        await RunAsync("npm", client, "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error");
        List<string> before = [];
        await using (NodeProcess node = await NodeProcess.StartAsync(Path.Combine(_data.Path, "data")))
        {
            await RunAsync("node", client, "send.js", "udp", $"{node.UdpPort}");
            await RunAsync("node", client, "send.js", "tcp", $"{node.TcpPort}");
            foreach (string protocol in (string[])["udp", "tcp"])
            {
                await AssertReceivedAsync(node, protocol);
                before.AddRange(await ReadAllAsync(node, protocol));
            }
            Assert.Equal(0, await node.StopAsync());
        }
        await using NodeProcess again = await NodeProcess.StartAsync(Path.Combine(_data.Path, "data"));
        List<string> after = [];
        foreach (string protocol in (string[])["udp", "tcp"])
        {
            await AssertReceivedAsync(again, protocol);
            after.AddRange(await ReadAllAsync(again, protocol));
        }
        Assert.Equal(before, after);
    }

    private static async Task AssertReceivedAsync(NodeProcess node, string protocol)
    {
        string p = $"shots.{protocol}.";
        const string range = "from=now-30m&to=now&resolution=10s";
        await Eventually.EqualAsync(3, () => node.TotalAsync(p + "orders", "sum", range), "orders");
        Assert.Equal(2, await node.TotalAsync(p + "orders", "increase", $"{range}&tags=region:eu,client:hot-shots"));
        await Eventually.EqualAsync(17.5, () => node.TotalAsync(p + "queue", "last", $"{range}&tags=shard:1"), "queue");
        await Eventually.EqualAsync(200, () => node.TotalAsync(p + "latency", "sum", range), "latency");
        await Eventually.EqualAsync(1024, () => node.TotalAsync(p + "size", "max", range), "size");
        await Eventually.EqualAsync(2.5, () => node.TotalAsync(p + "weight", "sum", range), "weight");
        await Eventually.EqualAsync(3, () => node.TotalAsync(p + "visitors", "count", range), "visitors");
        JsonElement visitors = await node.GetJsonAsync($"/metrics?name={p}visitors&stat=uniq&from=now-1h&to=now&resolution=1d");
        Assert.Equal(2, visitors.GetProperty("datapoints").EnumerateArray().Sum(d => d.GetProperty("value").GetDouble()));
        await Eventually.EqualAsync(1, () => node.TotalAsync(p + "db", "last", $"{range}&tags=region:eu"), "the check");
        // About half of 200 were sent, each standing for two.
        await Eventually.TrueAsync(async () => await node.TotalAsync(p + "sampled", "sum", range) is > 100 and < 300, "the sampled counter");
    }

    private static async Task<List<string>> ReadAllAsync(NodeProcess node, string protocol)
    {
        List<string> answers = [await node.LastingAsync($"/api/v1/metrics?match=shots.{protocol}.")];
        long to = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 86_400_000 * 86_400_000;
        foreach (string metric in (string[])["orders", "queue", "latency", "size", "weight", "sampled"])
        {
            answers.Add(await node.LastingAsync($"/metrics?name=shots.{protocol}.{metric}&stat=sum&by=region,shard,client&from={to}&to={to + 86_400_000}&resolution=1m"));
        }
        return answers;
    }

    private static async Task RunAsync(string tool, string folder, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(tool, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        Assert.True(process.ExitCode == 0, $"{tool} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{await output}{await errors}");
    }
}
