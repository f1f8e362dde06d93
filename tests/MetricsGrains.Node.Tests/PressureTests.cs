using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MetricsGrains.Node.Tests;

/// <summary>Too many series, too much at once, and repetitions over a restart: what is refused is said, what is taken counts once.</summary>
public sealed class PressureTests : IDisposable
{
    private const string Recent = "from=now-10m&to=now&resolution=10s";

    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Cardinality_PolicyRefuse_TakesTheFirstSeriesAndSaysWhichTagExploded()
    {
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, "Cardinality:MaxSeriesPerMetric=100", "Cardinality:Metrics:card.two=2");

        PointsReply reply = await node.PostAsync(Series("card.many", 0, 150));
        PointsReply known = await node.PostAsync(Series("card.many", 0, 100));
        PointsReply none = await node.PostAsync(Series("card.many", 200, 10));
        PointsReply two = await node.PostAsync(Series("card.two", 0, 3));

        Assert.Equal((200, 100L), (reply.Status, reply.Accepted));
        Assert.Equal(Enumerable.Range(100, 50), reply.RejectedIndexes);
        Assert.StartsWith("cardinality_limit: metric 'card.many' has 100 series, the most it may have; tag 'user' grew most", reply.ReasonOf(149), StringComparison.Ordinal);
        Assert.Equal((200, 100L), (known.Status, known.Accepted));
        Assert.Equal((400, 0L), (none.Status, none.Accepted));
        Assert.Equal((200, 2L), (two.Status, two.Accepted));
        Assert.Equal(200, await node.TotalAsync("card.many", "sum", Recent));
        Assert.Equal(61, await node.RejectedAsync("cardinality_limit"));
    }

    [Fact]
    public async Task Cardinality_PolicyOverflow_KeepsTotalsRightBeforeAndAfterARestart()
    {
        string[] settings = ["Cardinality:MaxSeriesPerMetric=100", "Cardinality:Policy=overflow"];
        for (int start = 0; start < 2; start++)
        {
            await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, settings);
            if (start == 0)
            {
                PointsReply reply = await node.PostAsync(Series("card.over", 0, 150));
                Assert.Equal((200, 150L), (reply.Status, reply.Accepted));
            }
            Assert.Equal(150, await node.TotalAsync("card.over", "sum", Recent));
            Assert.Equal(50, await node.TotalAsync("card.over", "sum", Recent + "&tags=__overflow__:true"));
            JsonElement metric = (await node.GetJsonAsync("/api/v1/metrics?match=card.over")).GetProperty("data")[0];
            Assert.Equal(101, metric.GetProperty("series").GetInt32());
            Assert.Equal(0, await node.StopAsync());
        }
    }

    [Fact]
    public async Task Flood_TwoHundredThousandNewSeries_IsAnsweredInBoundedMemory()
    {
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, "Http:MaxBodyBytes=33554432");
        long before = node.PeakMemory;

        PointsReply all = await node.PostAsync(Series("flood.at_once", 0, 200_000));
        for (int i = 0; i < 200_000; i += 20_000)
        {
            await node.PostAsync(Series("flood.piecewise", i, 20_000));
        }

        Assert.Equal((200, 10_000L), (all.Status, all.Accepted));
        Assert.Equal(190_000, all.Body.GetProperty("rejected_total").GetInt32());
        Assert.Equal(1_000, all.RejectedIndexes.Count);
        Assert.Equal(10_000, await node.TotalAsync("flood.piecewise", "sum", Recent));
        Assert.Equal(380_000, await node.RejectedAsync("cardinality_limit"));
        Assert.InRange(node.PeakMemory - before, 0, 700L << 20);
    }

    [Fact]
    public async Task Post_MoreThanTheQueueHolds_Is429WithRetryAfterAndCountsOnceWhenRepeated()
    {
        await using NodeProcess node = await NodeProcess.StartAsync(_data.Path, "Limits:QueueBytes=1048576");
        string values = string.Join(',', Enumerable.Range(0, 100_000).Select(i => (i + 0.5).ToString(CultureInfo.InvariantCulture)));
        byte[] body = Encoding.UTF8.GetBytes($$"""{"name":"pressure.values","type":"distribution","values":[{{values}}]}""");
        int refused = 0, posts = 0;

        await Eventually.TrueAsync(async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => PostUntilTakenAsync()));
            return refused > 0;
        }, "some requests come while too much is under way");

        Assert.Equal(posts * 100_000.0, await node.TotalAsync("pressure.values", "count", Recent));

        async Task PostUntilTakenAsync()
        {
            string key = Interlocked.Increment(ref posts).ToString(CultureInfo.InvariantCulture);
            PointsReply reply;
            while ((reply = await node.PostAsync(body, null, key)).Status == 429)
            {
                Assert.Equal("1", reply.RetryAfter);
                Assert.Contains("Retry-After", reply.Error, StringComparison.Ordinal);
                Interlocked.Increment(ref refused);
                await Task.Delay(20);
            }
            Assert.Equal(200, reply.Status);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_SameIdempotencyKeyAfterARestart_CountsOnce(bool graceful)
    {
        const string body = """{"name":"again.count","type":"counter","value":5}""";
        await using (NodeProcess node = await NodeProcess.StartAsync(_data.Path))
        {
            Assert.Equal(200, (await node.PostAsync(body, "the-key")).Status);
            await (graceful ? node.StopAsync() : node.KillAsync());
        }
        await using NodeProcess again = await NodeProcess.StartAsync(_data.Path);

        PointsReply repeated = await again.PostAsync(body, "the-key");
        PointsReply other = await again.PostAsync(body, "another-key");

        Assert.Equal((200, 1L), (repeated.Status, repeated.Accepted));
        Assert.Equal((200, 1L), (other.Status, other.Accepted));
        Assert.Equal(10, await again.TotalAsync("again.count", "sum", Recent));
    }

    private static string Series(string name, int from, int count)
    {
        var body = new StringBuilder();
        for (int i = from; i < from + count; i++)
        {
            body.Append(CultureInfo.InvariantCulture, $$$"""{"name":"{{{name}}}","type":"counter","value":1,"tags":{"user":"u{{{i}}}","app":"x"}}""").Append('\n');
        }
        return body.ToString();
    }
}
