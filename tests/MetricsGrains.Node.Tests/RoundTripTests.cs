using System.Text.Json;

namespace MetricsGrains.Node.Tests;

/// <summary>What is sent over raw sockets and HTTP is read back exactly, and again after a restart.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly DataFolder _data = new();

    /// <summary>A minute's start, ten minutes ago, so that nothing sent falls into a window that is still moving.</summary>
    private readonly long _t = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 60_000 * 60_000) - 600_000;

    private string Range => $"from={_t}&to={_t + 60_000}&resolution=10s";

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task StatsD_EveryTypeOverUdpAndTcp_IsReadBackExactlyBeforeAndAfterARestart()
    {
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path);
        long s = _t / 1000;
        await node.UdpAsync($"e2e.hits:5|c|#svc:a,env:test|T{s}\ne2e.hits:3|c|@0.1|#env:test,svc:a|T{s + 1}\ne2e.hits:7|c|#svc:b,env:test|T{s + 12}");
        await node.UdpAsync($"e2e.temp:21.5|g|#room:x|T{s}\ne2e.temp:-3.25|g|#room:x|T{s + 2}");
        await node.TcpAsync($"e2e.time:100:200:300|ms|@0.5|#svc:a|T{s}\ne2e.hist:1:2:3:4|h|T{s}\r\ne2e.dist:0.5:1.5|d|@0.25|T{s}\n");
        await node.TcpAsync($"e2e.users:alice|s|T{s}\ne2e.users:bob:alice|s|T{s + 1}\ne2e.grüße:1|c|T{s}");
        await node.UdpAsync($"_e{{8,12}}:deployed|all\\nis well|d:{s}|t:success|#env:test\n_sc|e2e.db|2|d:{s}|#env:test|m:on fire");

        await Eventually.EqualAsync(42, () => node.TotalAsync("e2e.hits", "sum", Range), "the counter over UDP");
        await Eventually.EqualAsync(2, () => node.TotalAsync("e2e.temp", "count", Range), "the gauge over UDP");
        await Eventually.EqualAsync(6, () => node.TotalAsync("e2e.time", "count", Range), "the timer over TCP");
        await Eventually.EqualAsync(2, () => node.TotalAsync("e2e.users", "uniq", Range), "the set over TCP");
        await Eventually.EqualAsync(2, () => node.TotalAsync("e2e.db", "last", Range), "the service check");
        await AssertValuesAsync(node);
        IReadOnlyList<string> before = await ReadAllAsync(node);
        JsonElement annotations = (await node.GetJsonAsync($"/api/v1/annotations?from={_t}&to={_t + 60_000}")).GetProperty("data");
        Assert.Contains(annotations.EnumerateArray(), a => a.GetProperty("title").GetString() == "deployed" && a.GetProperty("text").GetString() == "all\nis well" && a.GetProperty("level").GetString() == "success");
        Assert.Contains(annotations.EnumerateArray(), a => a.GetProperty("title").GetString() == "e2e.db" && a.GetProperty("text").GetString() == "on fire" && a.GetProperty("level").GetString() == "error");

        Assert.Equal(0, await node.StopAsync());
        await using NodeProcess again = await NodeProcess.StartAsync(_data.Path);

        await AssertValuesAsync(again);
        Assert.Equal(before, await ReadAllAsync(again));
    }

    [Fact]
    public async Task Points_OfHoursAgo_ComeBackFromTheStoreExactlyAfterARestart()
    {
        long old = _t - (3 * 3_600_000);
        string range = $"from={old}&to={old + 120_000}&resolution=1m";
        string[] queries = [$"/metrics?name=old.hits&stat=sum&{range}", $"/metrics?name=old.hits&stat=rate&by=svc&{range}", $"/metrics?name=old.time&stat=p50&{range}", $"/metrics?name=old.users&stat=uniq&{range}", $"/metrics?name=old.hits&stat=max&from={old}&to={old + 60_000}&resolution=10s"];
        List<string> before = [];
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path))
        {
            PointsReply reply = await node.PostAsync($$"""
                [{"name":"old.hits","type":"counter","value":4,"tags":{"svc":"a"},"timestamp":{{old}}},
                 {"name":"old.hits","type":"counter","value":6,"tags":{"svc":"b"},"timestamp":{{old + 61_000}}},
                 {"name":"old.time","type":"distribution","values":[10,20,30],"timestamp":{{old + 5_000}}},
                 {"name":"old.users","type":"set","values":["alice","bob","alice"],"timestamp":{{old + 5_000}}}]
                """);
            Assert.Equal((200, 4), (reply.Status, reply.Accepted));
            Assert.Equal(0, await node.StopAsync());
        }
        for (int start = 0; start < 2; start++)
        {
            await using NodeProcess node = await NodeProcess.StartAsync(_data.Path);
            Assert.Equal(10, await node.TotalAsync("old.hits", "sum", range));
            Assert.Equal(3, await node.TotalAsync("old.time", "count", range));
            Assert.Equal(20, await node.TotalAsync("old.time", "p50", range), 0.0055 * 20);
            Assert.Equal(2, await node.TotalAsync("old.users", "uniq", range));
            Assert.Equal(4, await node.TotalAsync("old.hits", "max", $"from={old}&to={old + 60_000}&resolution=10s"));
            List<string> answers = [];
            foreach (string query in queries)
            {
                answers.Add(await node.LastingAsync(query));
            }
            Assert.Equal(before.Count == 0 ? answers : before, answers);
            before = answers;
            Assert.Equal(0, await node.StopAsync());
        }
    }

    [Fact]
    public async Task Stop_RightAfterSending_LosesNothing()
    {
        const int lines = 2_000;
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path))
        {
            for (int i = 0; i < lines; i += 20)
            {
                await node.UdpAsync(string.Join('\n', Enumerable.Repeat($"stop.udp:1|c|T{_t / 1000}", 20)));
            }
            await node.TcpAsync(string.Concat(Enumerable.Repeat($"stop.tcp:1|c|T{_t / 1000}\n", lines)));
            Assert.Equal(0, await node.StopAsync());
        }
        await using NodeProcess again = await NodeProcess.StartAsync(_data.Path);
        Assert.Equal(lines, await again.TotalAsync("stop.udp", "sum", Range));
        Assert.Equal(lines, await again.TotalAsync("stop.tcp", "sum", Range));
    }

    private async Task AssertValuesAsync(NodeProcess node)
    {
        JsonElement hits = await node.GetJsonAsync($"/metrics?name=e2e.hits&stat=sum&{Range}");
        Assert.Equal("e2e.hits", hits.GetProperty("metric").GetString());
        Assert.Equal("10s", hits.GetProperty("resolution").GetString());
        Assert.Equal("sum", hits.GetProperty("stat").GetString());
        Assert.Equal([(Reading.Bucket(_t), 35.0), (Reading.Bucket(_t + 10_000), 7.0)], [.. hits.GetProperty("datapoints").EnumerateArray().Select(p => (p.GetProperty("bucket").GetString(), p.GetProperty("value").GetDouble()))]);
        Assert.Equal(35, await node.TotalAsync("e2e.hits", "increase", $"{Range}&tags=svc:a"));
        Assert.Equal(0.7, await node.TotalAsync("e2e.hits", "rate", $"{Range}&tags=svc:b"), 9);
        JsonElement groups = (await node.GetJsonAsync($"/metrics?name=e2e.hits&stat=sum&by=svc&{Range}")).GetProperty("groups");
        Assert.Equal([("a", 35.0), ("b", 7.0)], [.. groups.EnumerateArray().Select(g => (g.GetProperty("tags").GetProperty("svc").GetString()!, g.GetProperty("datapoints")[0].GetProperty("value").GetDouble()))]);

        Assert.Equal(-3.25, await node.TotalAsync("e2e.temp", "last", Range));
        Assert.Equal(21.5, await node.TotalAsync("e2e.temp", "max", Range));
        JsonElement time = await node.GetJsonAsync($"/metrics?name=e2e.time&stat=p50&{Range}");
        Assert.Equal("ms", time.GetProperty("unit").GetString());
        Assert.Equal(200, time.GetProperty("datapoints")[0].GetProperty("value").GetDouble(), 200 * 0.0055);
        Assert.Equal(1_200, await node.TotalAsync("e2e.time", "sum", Range));
        Assert.Equal(10, await node.TotalAsync("e2e.hist", "sum", Range));
        Assert.Equal(8, await node.TotalAsync("e2e.dist", "count", Range));
        Assert.Equal(1, await node.TotalAsync("e2e.gr%C3%BC%C3%9Fe", "sum", Range));

        JsonElement range = (await node.GetJsonAsync($"/api/v1/query_range?metric=e2e.hits&start={_t}&end={_t + 60_000}&resolution=1m&stat=sum")).GetProperty("data");
        Assert.Equal([(_t, 42.0)], [.. range.EnumerateArray().Select(p => (p.GetProperty("timestamp").GetInt64(), p.GetProperty("value").GetDouble()))]);
        JsonElement instant = (await node.GetJsonAsync("/api/v1/query?metric=e2e.temp")).GetProperty("data");
        Assert.Equal(-3.25, instant.GetProperty("value").GetDouble());

        JsonElement metrics = (await node.GetJsonAsync("/api/v1/metrics?match=E2E.")).GetProperty("data");
        Assert.Equal(
            ["e2e.db gauge 1", "e2e.dist distribution 1", "e2e.grüße counter 1", "e2e.hist distribution 1", "e2e.hits counter 2", "e2e.temp gauge 1", "e2e.time distribution 1", "e2e.users set 1"],
            metrics.EnumerateArray().Select(m => $"{m.GetProperty("name").GetString()} {m.GetProperty("kind").GetString()} {m.GetProperty("series").GetInt32()}"));
    }

    private async Task<IReadOnlyList<string>> ReadAllAsync(NodeProcess node)
    {
        List<string> answers = [];
        foreach ((string metric, string[] stats) in (List<(string, string[])>)[("e2e.hits", ["sum", "count", "avg", "min", "max", "last", "rate", "increase"]), ("e2e.temp", ["avg", "min", "max", "sum", "count", "last"]), ("e2e.time", ["p0", "p50", "p99", "p100", "avg", "rate"]), ("e2e.dist", ["p50", "p99.9"]), ("e2e.users", ["uniq", "count"]), ("e2e.db", ["last"])])
        {
            foreach (string stat in stats)
            {
                answers.Add(await node.LastingAsync($"/metrics?name={metric}&stat={stat}&{Range}"));
                answers.Add(await node.LastingAsync($"/metrics?name={metric}&stat={stat}&by=svc,room&from={_t}&to={_t + 60_000}&resolution=1m"));
            }
            answers.Add(await node.LastingAsync($"/api/v1/query?metric={metric}"));
            answers.Add(await node.LastingAsync($"/api/v1/tags?metric={metric}"));
        }
        answers.Add(await node.LastingAsync("/api/v1/metrics?match=e2e."));
        answers.Add(await node.LastingAsync("/api/v1/tag_values?metric=e2e.hits&key=svc"));
        return answers;
    }
}
