using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace MetricsGrains.Node.Tests;

/// <summary>POST /api/v1/points of the real process.</summary>
public sealed class PointsHttpTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Recent = "from=now-10m&to=now&resolution=10s";

    private NodeProcess Node => fixture.Node;

    public static TheoryData<string> Encodings => ["gzip", "deflate", "br", "x-gzip", "GZIP"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Post_CompressedBody_IsTakenIn(string encoding)
    {
        string name = "http." + encoding;
        byte[] body = Compress($$"""[{"name":"{{name}}","value":12.5},{"name":"{{name}}","value":2.5}]""", encoding);

        PointsReply reply = await Node.PostAsync(body, encoding);

        Assert.Equal((200, 2L), (reply.Status, reply.Accepted));
        Assert.Empty(reply.RejectedIndexes);
        Assert.Equal(15, await Node.TotalAsync(name, "sum", Recent));
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Post_CompressedBodyCutInTheMiddle_Is400(string encoding)
    {
        byte[] body = Compress(string.Concat(Enumerable.Range(0, 2_000).Select(i => $$"""{"name":"http.cut.{{encoding}}","value":{{i}}}""" + "\n")), encoding);

        PointsReply reply = await Node.PostAsync(body[..(body.Length / 2)], encoding);

        Assert.Equal((400, 0L), (reply.Status, reply.Accepted));
        Assert.Contains(encoding, reply.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_NewlineDelimited_TakesEveryLine()
    {
        PointsReply reply = await Node.PostAsync("""
            {"name":"http.ndjson","type":"counter","value":1}

            {"name":"http.ndjson","type":"counter","value":2}
            {"name":"http.ndjson","type":"counter","value":4}
            """);

        Assert.Equal((200, 3L), (reply.Status, reply.Accepted));
        Assert.Equal(7, await Node.TotalAsync("http.ndjson", "sum", Recent));
    }

    [Fact]
    public async Task Post_SomeBadPoints_TakesTheGoodOnesAndNamesTheBadOnesByIndex()
    {
        PointsReply reply = await Node.PostAsync("""
            [{"name":"http.partial","value":1},
             {"value":2},
             {"name":"http.partial","value":1e400},
             {"name":"http.partial","value":3,"timestamp":"1970-01-01T00:00:00Z"},
             {"name":"http.partial","value":4,"timestamp":4102444800000},
             {"name":"http.partial","value":5,"type":"nonsense"},
             {"name":"http.partial","type":"counter","value":6},
             {"name":"http.partial","value":7}]
            """);

        Assert.Equal((200, 2L), (reply.Status, reply.Accepted));
        Assert.Equal([1, 2, 3, 4, 5, 6], reply.RejectedIndexes);
        Assert.Equal("name: missing", reply.ReasonOf(1));
        Assert.StartsWith("value: NaN and infinities", reply.ReasonOf(2), StringComparison.Ordinal);
        Assert.StartsWith("timestamp: older than 7 days", reply.ReasonOf(3), StringComparison.Ordinal);
        Assert.StartsWith("timestamp: more than 10 minutes", reply.ReasonOf(4), StringComparison.Ordinal);
        Assert.StartsWith("type: must be", reply.ReasonOf(5), StringComparison.Ordinal);
        Assert.StartsWith("kind_mismatch: metric 'http.partial' is a gauge", reply.ReasonOf(6), StringComparison.Ordinal);
        Assert.Equal(8, await Node.TotalAsync("http.partial", "sum", Recent));
    }

    [Fact]
    public async Task Post_JsonCutOffInTheMiddle_TakesTheWholePointsAndSaysWhereItEnds()
    {
        PointsReply reply = await Node.PostAsync("""[{"name":"http.cutoff","value":1},{"name":"http.cutoff","val""");

        Assert.Equal((200, 1L), (reply.Status, reply.Accepted));
        Assert.Equal([1], reply.RejectedIndexes);
        Assert.StartsWith("JSON is cut off at byte", reply.ReasonOf(1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData(" \n ")]
    [InlineData("hello")]
    [InlineData("[{\"name\":\"http.none\"}]")]
    [InlineData("{\"name\":\"http.none\",\"value\":NaN}")]
    [InlineData("\0\0\0")]
    public async Task Post_NothingToTakeIn_Is400(string body)
    {
        PointsReply reply = await Node.PostAsync(body);

        Assert.Equal((400, 0L), (reply.Status, reply.Accepted));
        Assert.True(reply.RejectedIndexes.Count > 0 || reply.Error.Contains("no points", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Post_UnknownEncoding_Is415AndNamesThoseItKnows()
    {
        PointsReply reply = await Node.PostAsync("[]"u8.ToArray(), "zstd");

        Assert.Equal(415, reply.Status);
        Assert.Contains("gzip, deflate, br", reply.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_BodyOverTheLimit_Is413AndNamesTheSetting()
    {
        PointsReply reply = await Node.PostAsync(new byte[(4 << 20) + 1], null);

        Assert.Equal(413, reply.Status);
        Assert.Contains("MetricsGrains:Http:MaxBodyBytes", reply.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_GzipBomb_Is413InBoundedMemory()
    {
        byte[] bomb = Sending.GzipBomb();
        long before = Node.PeakMemory;

        PointsReply[] replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Node.PostAsync(bomb, "gzip")));

        Assert.All(replies, r => Assert.Equal(413, r.Status));
        Assert.InRange(Node.PeakMemory - before, 0, 200 << 20);
        Assert.Equal(200, (await Node.PostAsync("""{"name":"http.after_bomb","value":1}""")).Status);
    }

    [Fact]
    public async Task Post_ManyRejected_ListsAThousandAndSaysHowManyThereAre()
    {
        PointsReply reply = await Node.PostAsync(string.Concat(Enumerable.Repeat("{\"name\":\"http.many\"}\n", 1_500)) + "{\"name\":\"http.many\",\"value\":1}");

        Assert.Equal((200, 1L), (reply.Status, reply.Accepted));
        Assert.Equal(Enumerable.Range(0, 1_000), reply.RejectedIndexes);
        Assert.Equal(1_500, reply.Body.GetProperty("rejected_total").GetInt32());
    }

    [Fact]
    public async Task Post_SameIdempotencyKeyTwice_CountsOnce()
    {
        const string body = """[{"name":"http.idempotent","type":"counter","value":1},{"name":""}]""";

        PointsReply first = await Node.PostAsync(body, "same");
        PointsReply second = await Node.PostAsync(body, "same");
        PointsReply other = await Node.PostAsync(body, "other");

        Assert.All((PointsReply[])[first, second, other], r => Assert.Equal((200, 1L), (r.Status, r.Accepted)));
        Assert.Equal(first.RejectedIndexes, second.RejectedIndexes);
        Assert.Equal(2, await Node.TotalAsync("http.idempotent", "sum", Recent));
    }

    [Fact]
    public async Task Post_SameIdempotencyKeyAtOnce_CountsOnce()
    {
        PointsReply[] replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Node.PostAsync("""{"name":"http.at_once","type":"counter","value":1}""", "at-once")));

        Assert.All(replies, r => Assert.Equal((200, 1L), (r.Status, r.Accepted)));
        Assert.Equal(1, await Node.TotalAsync("http.at_once", "sum", Recent));
    }

    [Fact]
    public async Task Post_TooLongIdempotencyKey_Is400()
    {
        PointsReply reply = await Node.PostAsync("""{"name":"http.long_key","value":1}""", new string('k', 256));

        Assert.Equal(400, reply.Status);
        Assert.StartsWith("Idempotency-Key", reply.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_Answer_HasTheDocumentedShape()
    {
        PointsReply reply = await Node.PostAsync("""[{"name":"http.shape","value":1},7]""");

        Assert.Equal("""{"accepted":1,"rejected":[{"index":1,"reason":"a point must be a JSON object"}]}""", JsonSerializer.Serialize(reply.Body));
    }

    private static byte[] Compress(string text, string encoding) => Sending.Compressed(text, s => encoding switch
    {
        "deflate" => new ZLibStream(s, CompressionLevel.Fastest),
        "br" => new BrotliStream(s, CompressionLevel.Fastest),
        _ => new GZipStream(s, CompressionLevel.Fastest),
    });
}
