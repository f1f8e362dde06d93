using System.Text.Json;
using MetricsGrains.Testbed;
using Npgsql;

namespace MetricsGrains.Node.Tests;

/// <summary>A second node that only reads what the first one writes.</summary>
public sealed class ReadOnlyTests : IDisposable
{
    private readonly DataFolder _data = new();
    private readonly DataFolder _empty = new();

    /// <summary>A minute's start, some minutes ago: late samples are in the store within a flush.</summary>
    private readonly long _t = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 60_000 * 60_000) - 600_000;

    private string Range => $"from={_t}&to={_t + 600_000}&resolution=1m";

    public void Dispose()
    {
        _data.Dispose();
        _empty.Dispose();
    }

    [Fact]
    public async Task Reader_OnTheSameSqliteFile_ShowsWhatIsWrittenAndWritesNothing()
    {
        await AssertNoStoreYetAsync(_data.Path, "Store:ReadOnly=true");
        Assert.Empty(Directory.GetFileSystemEntries(_data.Path));
        await using NodeProcess writer = await WriteAsync();
        string[] files = Files();
        await using (NodeProcess reader = await NodeProcess.StartAsync(_data.Path, "Store:ReadOnly=true", "NodeName=reader"))
        {
            await AssertReadsAsync(writer, reader);
            Assert.Equal(files, Files());
            Assert.Contains(Path.Combine(_data.Path, "metrics.db"), reader.Output, StringComparison.Ordinal);
            // The writer's end, and its new beginning, do not trouble who reads.
            Assert.Equal(0, await writer.StopAsync());
            await using NodeProcess next = await WriteAsync();
            await Eventually.EqualAsync(12, () => reader.TotalAsync("ro.orders", "sum", Range), "what the next writer wrote");
            Assert.Equal(0, await reader.StopAsync());
            Assert.Equal(12, await next.TotalAsync("ro.orders", "sum", Range));
        }
    }

    [PostgresFact]
    public async Task Reader_OnTheSamePostgresWithSelectOnly_ShowsWhatIsWrittenAndWritesNothing()
    {
        string database = await NodeDatabase.CreateAsync();
        await AssertNoStoreYetAsync(_empty.Path, "Store:ReadOnly=true", $"Store:ConnectionString={database}");
        await using NodeProcess writer = await WriteAsync($"Store:ConnectionString={database}");
        await using NodeProcess reader = await NodeProcess.StartAsync(_empty.Path, "Store:ReadOnly=true", "NodeName=reader", $"Store:ConnectionString={await NodeDatabase.GrantReadingAsync(database)}");
        await AssertReadsAsync(writer, reader);
        Assert.Contains("PostgreSQL", reader.Output, StringComparison.Ordinal);
        Assert.Equal(0, await writer.StopAsync());
        Assert.Equal(8, await reader.TotalAsync("ro.orders", "sum", Range));
        Assert.Equal(0, await reader.StopAsync());
        Assert.Empty(Directory.GetFileSystemEntries(_empty.Path));
        Assert.DoesNotContain("   at ", reader.Output, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Reader_DatabaseGone_IsNotReadyUntilItIsBack()
    {
        var server = new NpgsqlConnectionStringBuilder(await NodeDatabase.CreateAsync());
        await using NodeProcess writer = await WriteAsync($"Store:ConnectionString={server.ConnectionString}");
        await using var proxy = new FaultyProxy(server.Host!, server.Port);
        server.Port = proxy.Port;
        await using NodeProcess reader = await NodeProcess.StartAsync(_empty.Path, "Store:ReadOnly=true", $"Store:ConnectionString={server.ConnectionString}");
        Assert.Equal(200, (await reader.TryGetJsonAsync("/health/ready")).Status);

        await proxy.GoAwayAsync();
        (int status, JsonElement body) = await reader.TryGetJsonAsync("/health/ready");
        Assert.Equal(503, status);
        Assert.Contains("store", body.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(503, (await reader.TryGetJsonAsync($"/metrics?name=ro.orders&stat=sum&{Range}")).Status);
        Assert.Equal(200, (await reader.TryGetJsonAsync("/health/live")).Status);

        proxy.ComeBack();
        await Eventually.TrueAsync(async () => (await reader.TryGetJsonAsync("/health/ready")).Status == 200, "ready again");
        Assert.Equal(4, await reader.TotalAsync("ro.orders", "sum", Range));
    }

    [Fact]
    public async Task Start_DemoOfAReadOnlyNode_Exits2()
    {
        (int exit, string output) = await NodeProcess.RunToEndAsync(_data.Path, ["Store:ReadOnly=true", "Demo=true"]);

        Assert.Equal(2, exit);
        Assert.Contains("MetricsGrains:Demo: ", output, StringComparison.Ordinal);
    }

    private static async Task AssertNoStoreYetAsync(string dataPath, params string[] settings)
    {
        (int exit, string output) = await NodeProcess.RunToEndAsync(dataPath, ["Http:Port=0", "Address=127.0.0.1", .. settings]);
        Assert.Equal(1, exit);
        Assert.Contains("start the writing node first", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    /// <summary>A node that writes; ready when the store has its first four orders.</summary>
    private async Task<NodeProcess> WriteAsync(params string[] settings)
    {
        NodeProcess writer = await NodeProcess.StartAsync(_data.Path, ["NodeName=writer", "Flush:Interval=100ms", "Flush:RawInterval=100ms", "Flush:DeriveInterval=100ms", .. settings]);
        await SendAsync(writer);
        await Eventually.TrueAsync(async () => (await writer.GetJsonAsync("/api/v1/status")).GetProperty("store").GetProperty("rollups_1m").GetInt64() > 0, "the first flush");
        return writer;
    }

    private async Task SendAsync(NodeProcess writer)
    {
        PointsReply reply = await writer.PostAsync($$"""
            [{"name":"ro.orders","type":"counter","value":1,"unit":"orders","tags":{"region":"eu"},"timestamp":{{_t}}},
             {"name":"ro.orders","type":"counter","value":3,"tags":{"region":"us"},"timestamp":{{_t + 61_000}}}]
            """);
        Assert.Equal((200, 2L), (reply.Status, reply.Accepted));
    }

    private async Task AssertReadsAsync(NodeProcess writer, NodeProcess reader)
    {
        await Eventually.EqualAsync(4, () => reader.TotalAsync("ro.orders", "sum", Range), "what was written before");
        await SendAsync(writer);
        await writer.TcpAsync($"_e{{4,4}}:sale|down|d:{_t / 1000}|#region:eu\n");
        await Eventually.EqualAsync(8, () => reader.TotalAsync("ro.orders", "sum", Range), "what was written meanwhile");
        Assert.Equal(6, await reader.TotalAsync("ro.orders", "sum", Range + "&tags=region:us"));
        await Eventually.EqualAsync(2, () => reader.TotalAsync("ro.orders", "sum", $"from={_t}&to={_t + 60_000}&resolution=10s"), "raw samples");
        await Eventually.EqualAsync(8, () => reader.TotalAsync("ro.orders", "sum", $"from={_t - 7_200_000}&to={_t + 3_600_000}&resolution=1h"), "hours");
        await Eventually.TrueAsync(async () => (await reader.GetJsonAsync($"/api/v1/annotations?from={_t}&to={_t + 1}")).GetProperty("data").GetArrayLength() == 1, "the event");
        Assert.Equal("orders", (await reader.GetJsonAsync("/api/v1/metrics?match=ro.orders")).GetProperty("data")[0].GetProperty("unit").GetString());
        Assert.Equal(["eu", "us"], (await reader.GetJsonAsync("/api/v1/tag_values?metric=ro.orders&key=region")).GetProperty("data").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal(6, (await reader.GetJsonAsync($"/api/v1/query?metric=ro.orders&stat=sum&time={_t + 120_000}")).GetProperty("data").GetProperty("value").GetDouble());
        await AssertSaysSoAsync(reader);
    }

    private async Task AssertSaysSoAsync(NodeProcess reader)
    {
        JsonElement meta = (await reader.GetJsonAsync($"/metrics?name=ro.orders&stat=sum&from=now-1h&resolution=1m")).GetProperty("meta");
        Assert.Equal(("store", true), (meta.GetProperty("source").GetString(), meta.GetProperty("is_stale").GetBoolean()));
        Assert.InRange(meta.GetProperty("freshness_ms").GetInt64(), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - _t - 61_000 - 30_000, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - _t - 61_000);
        PointsReply refused = await reader.PostAsync("""{"name":"ro.refused","value":1}""");
        Assert.Equal((403, 0L, null), (refused.Status, refused.Accepted, refused.RetryAfter));
        Assert.Contains("MetricsGrains:Store:ReadOnly", refused.Error, StringComparison.Ordinal);
        Assert.Equal(200, (await reader.TryGetJsonAsync("/health/ready")).Status);
        JsonElement status = await reader.GetJsonAsync("/api/v1/status");
        Assert.True(status.GetProperty("read_only").GetBoolean());
        Assert.Equal(JsonValueKind.Null, status.GetProperty("log").ValueKind);
        Assert.Equal((-1, -1), (status.GetProperty("listeners").GetProperty("statsd_udp").GetInt32(), status.GetProperty("listeners").GetProperty("statsd_tcp").GetInt32()));
        Assert.Contains("Read-only  takes nothing in", reader.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("StatsD", reader.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("warn:", reader.Output, StringComparison.Ordinal);
        // Its own figures are there for Prometheus, and in no store.
        Assert.Contains("node=\"reader\"", await reader.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative)), StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => (await reader.TryGetJsonAsync("/api/v1/tag_values?metric=metricsgrains.ingest.received&key=node")).Status == 200, "the writer's own figures in the store");
        Assert.Equal(["writer"], (await reader.GetJsonAsync("/api/v1/tag_values?metric=metricsgrains.ingest.received&key=node")).GetProperty("data").EnumerateArray().Select(v => v.GetString()));
    }

    /// <summary>What is in the folder but the log's segments, which come and go.</summary>
    private string[] Files() => [.. Directory.GetFileSystemEntries(_data.Path, "*", SearchOption.AllDirectories).Where(f => !f.Contains("/log/", StringComparison.Ordinal)).Order()];
}
