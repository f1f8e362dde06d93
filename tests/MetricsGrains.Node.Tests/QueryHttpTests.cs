using System.Text.Json;
using System.Text.RegularExpressions;

namespace MetricsGrains.Node.Tests;

/// <summary>Reading over HTTP: errors that name what is wrong, paging, health, the exposition.</summary>
public sealed partial class QueryHttpTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private NodeProcess Node => fixture.Node;

    [Theory]
    [InlineData("/metrics?name=no.such")]
    [InlineData("/metrics?name=no.such&stat=avg")]
    [InlineData("/api/v1/query_range?metric=no.such")]
    [InlineData("/api/v1/query?metric=no.such")]
    [InlineData("/api/v1/tags?metric=no.such")]
    [InlineData("/api/v1/tag_values?metric=no.such&key=a")]
    public async Task Get_UnknownMetric_Is404AndSaysSo(string path)
    {
        (int status, JsonElement body) = await Node.TryGetJsonAsync(path);

        Assert.Equal(404, status);
        Assert.Equal("no.such", body.GetProperty("metric").GetString());
        Assert.Contains("no metric named 'no.such'", body.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/metrics?name=", "name")]
    [InlineData("/metrics?name=q.some&from=yesterday", "from")]
    [InlineData("/metrics?name=q.some&from=2026-04-17T09:00:00", "from")]
    [InlineData("/metrics?name=q.some&from=2026-04-17", "from")]
    [InlineData("/metrics?name=q.some&to=99999999999999999", "to")]
    [InlineData("/metrics?name=q.some&from=now&to=now-1h", "from")]
    [InlineData("/metrics?name=q.some&resolution=7s", "resolution")]
    [InlineData("/metrics?name=q.some&resolution=0s", "resolution")]
    [InlineData("/metrics?name=q.some&resolution=2d", "resolution")]
    [InlineData("/metrics?name=q.some&resolution=often", "resolution")]
    [InlineData("/metrics?name=q.some&from=0&resolution=10s", "resolution")]
    [InlineData("/metrics?name=q.some&stat=mean", "stat")]
    [InlineData("/metrics?name=q.some&stat=p101", "stat")]
    [InlineData("/metrics?name=q.some&stat=p", "stat")]
    [InlineData("/metrics?name=q.some&stat=p99", "stat")]
    [InlineData("/metrics?name=q.some&stat=rate", "stat")]
    [InlineData("/metrics?name=q.some&tags=region", "tags")]
    [InlineData("/metrics?name=q.some&tags=:eu", "tags")]
    [InlineData("/api/v1/query_range?start=0", "metric")]
    [InlineData("/api/v1/query_range?metric=q.some&start=x", "start")]
    [InlineData("/api/v1/query_range?metric=q.some&end=x", "end")]
    [InlineData("/api/v1/query", "metric")]
    [InlineData("/api/v1/query?metric=q.some&time=x", "time")]
    [InlineData("/api/v1/metrics?limit=0", "limit")]
    [InlineData("/api/v1/metrics?limit=1001", "limit")]
    [InlineData("/api/v1/metrics?limit=many", "limit")]
    [InlineData("/api/v1/tag_values?metric=q.some", "key")]
    [InlineData("/api/v1/annotations?from=x", "from")]
    [InlineData("/api/v1/annotations?tags=x", "tags")]
    [InlineData("/api/v1/annotations?limit=0", "limit")]
    [InlineData("/api/v1/annotations?after=1", "after")]
    [InlineData("/api/v1/annotations?after=1.x", "after")]
    public async Task Get_BadParameter_Is400AndNamesIt(string path, string parameter)
    {
        await Node.PostAsync("""{"name":"q.some","value":1}""");

        (int status, JsonElement body) = await Node.TryGetJsonAsync(path);

        Assert.Equal(400, status);
        Assert.Equal(parameter, body.GetProperty("parameter").GetString());
        Assert.StartsWith(parameter + ": ", body.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetMetrics_PageByPage_GivesEveryNameOnceInOrder()
    {
        await Node.PostAsync(string.Join('\n', Enumerable.Range(0, 25).Select(i => $$"""{"name":"page.m{{i:00}}","value":1,"unit":"By"}""")));
        List<string> names = [];
        string? next = "";
        while (next is not null)
        {
            JsonElement page = await Node.GetJsonAsync($"/api/v1/metrics?match=PAGE.&limit=10&after={next}");
            names.AddRange(page.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("name").GetString()!));
            Assert.All(page.GetProperty("data").EnumerateArray(), m => Assert.Equal("By", m.GetProperty("unit").GetString()));
            next = page.GetProperty("next").GetString();
        }
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"page.m{i:00}"), names);
    }

    [Fact]
    public async Task GetTags_OfAMetric_GivesKeysAndPagesOfValues()
    {
        await Node.PostAsync(string.Join('\n', Enumerable.Range(0, 5).Select(i => $$$"""{"name":"tags.m","value":1,"tags":{"host":"h{{{i}}}","region":"eu"}}""")));

        JsonElement keys = (await Node.GetJsonAsync("/api/v1/tags?metric=tags.m")).GetProperty("data");
        JsonElement first = await Node.GetJsonAsync("/api/v1/tag_values?metric=tags.m&key=host&limit=3");
        JsonElement rest = await Node.GetJsonAsync($"/api/v1/tag_values?metric=tags.m&key=host&limit=3&after={first.GetProperty("next").GetString()}");

        Assert.Equal([("host", 5), ("region", 1)], [.. keys.EnumerateArray().Select(k => (k.GetProperty("key").GetString()!, k.GetProperty("values").GetInt32()))]);
        Assert.Equal(["h0", "h1", "h2"], first.GetProperty("data").EnumerateArray().Select(v => v.GetString()!));
        Assert.Equal(["h3", "h4"], rest.GetProperty("data").EnumerateArray().Select(v => v.GetString()!));
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("next").ValueKind);
    }

    [Fact]
    public async Task GetMetrics_Filters_MatchExactlyNotAndByPattern()
    {
        await Node.PostAsync(string.Join('\n', ((string[])["eu-1", "eu-2", "us-1"]).Select((region, i) => $$$"""{"name":"filter.m","type":"counter","value":{{{Math.Pow(10, i)}}},"tags":{"region":"{{{region}}}"}}""")));
        const string recent = "from=now-10m&to=now&resolution=10s&tags=";

        Assert.Equal(111, await Node.TotalAsync("filter.m", "sum", recent));
        Assert.Equal(10, await Node.TotalAsync("filter.m", "sum", recent + "region:eu-2"));
        Assert.Equal(11, await Node.TotalAsync("filter.m", "sum", recent + "region:eu-*"));
        Assert.Equal(101, await Node.TotalAsync("filter.m", "sum", recent + "!region:eu-2"));
        Assert.Equal(101, await Node.TotalAsync("filter.m", "sum", recent + "region:eu-1,region:us-1"));
        Assert.Equal(0, await Node.TotalAsync("filter.m", "sum", recent + "region:eu-1,host:x"));
    }

    [Fact]
    public async Task GetMetrics_Meta_SaysHowFreshTheAnswerIs()
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Node.PostAsync($$"""[{"name":"meta.fresh","value":1},{"name":"meta.stale","value":1,"timestamp":{{now - 120_000}}}]""");

        JsonElement fresh = (await Node.GetJsonAsync("/metrics?name=meta.fresh")).GetProperty("meta"), stale = (await Node.GetJsonAsync("/metrics?name=meta.stale")).GetProperty("meta");

        Assert.False(fresh.GetProperty("is_stale").GetBoolean());
        Assert.InRange(fresh.GetProperty("freshness_ms").GetInt64(), 0, 30_000);
        Assert.Equal(30_000, fresh.GetProperty("stale_threshold_ms").GetInt64());
        Assert.Equal("memory", fresh.GetProperty("source").GetString());
        Assert.True(stale.GetProperty("is_stale").GetBoolean());
        Assert.InRange(stale.GetProperty("freshness_ms").GetInt64(), 120_000, long.MaxValue);
    }

    [Fact]
    public async Task Health_OfARunningNode_IsLiveAndReady()
    {
        Assert.Equal("live", (await Node.GetJsonAsync("/health/live")).GetProperty("status").GetString());
        Assert.Equal("ready", (await Node.GetJsonAsync("/health/ready")).GetProperty("status").GetString());
        JsonElement listeners = (await Node.GetJsonAsync("/api/v1/status")).GetProperty("listeners");
        Assert.Equal((Node.HttpPort, Node.UdpPort, Node.TcpPort), (listeners.GetProperty("http").GetInt32(), listeners.GetProperty("statsd_udp").GetInt32(), listeners.GetProperty("statsd_tcp").GetInt32()));
    }

    [Fact]
    public async Task Exposition_OfARunningNode_IsPrometheusTextWithWhatOperatorsNeed()
    {
        await Node.PostAsync("""[{"name":"expo.some","value":1},{"name":"expo.some"}]""");
        await Eventually.TrueAsync(async () => await Node.ExposedAsync("metricsgrains_series_active") > 0, "the first measurement of memory");

        using HttpResponseMessage response = await Node.Http.GetAsync(new Uri("/metrics", UriKind.Relative));
        string text = await response.Content.ReadAsStringAsync();

        Assert.StartsWith("text/plain; version=0.0.4", response.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Matches(ExpositionLine(), line));
        string[] families = [.. lines.Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l.Split(' ')[2])];
        Assert.Equal(families.Distinct(), families);
        string[] samples = [.. lines.Where(l => l[0] != '#').Select(l => l[..l.LastIndexOf(' ')])];
        Assert.Equal(samples.Distinct(), samples);
        foreach (string needed in (string[])["metricsgrains_ingest_received", "metricsgrains_ingest_accepted", "metricsgrains_ingest_rejected", "metricsgrains_queue_bytes", "metricsgrains_log_position", "metricsgrains_log_lag", "metricsgrains_series_active", "metricsgrains_series_bytes_per_series"])
        {
            Assert.Contains(families, f => f.StartsWith(needed, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task SelfMetrics_OfARunningNode_FlowIntoItself()
    {
        await Eventually.TrueAsync(async () => await Node.TotalAsync("metricsgrains.ingest.accepted", "sum", "from=now-10m&to=now&resolution=10s") > 0, "the node's own samples are counted in the node");
        JsonElement metrics = (await Node.GetJsonAsync("/api/v1/metrics?match=dotnet.&limit=1000")).GetProperty("data");
        Assert.NotEmpty(metrics.EnumerateArray());
    }

    [GeneratedRegex("""^(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+|[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*",?)*\})? (-?[0-9.eE+-]+|NaN|[+-]Inf))$""")]
    private static partial Regex ExpositionLine();
}
