using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.Json;
using static MetricsGrains.Protocols.Tests.Fuzz;

namespace MetricsGrains.Protocols.Tests.Json;

public class JsonFuzzTests
{
    private static readonly byte[][] Pieces =
    [
        .. Mutator.Bytes("{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "\\u0000", "\n", "null", "true", "NaN", "Infinity", "-Infinity", "1e400", "-", ".", "e", "0", "\"value\":", "\"name\":\"", ",{}", "[[[[[[[[", "\"values\":[1,\"x\"]", "\"tags\":{", "99999999999999999999"),
        [0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0],
    ];

    private static readonly byte[][] Arrays = Mutator.Bytes(
        """[{"name":"a","value":1.5e3,"tags":{"k":"v\n\u00e4","n":1,"b":true,"z":null},"timestamp":"2024-01-01T00:00:00.5+02:00"},{"name":"b","value":2}]""",
        """[{"name":"u\u00e4","type":"set","values":["x","\u0079",2],"unit":"{us\u00e9r}"},{"name":"c","type":"timer","values":[1,2,3.25],"timestamp":1700000000000}]""",
        """ [ {"x":[[{"y":[]}]],"name":"größe","value":-0.1} , 5, {} ] """);

    private static readonly byte[][] Lines = Mutator.Bytes(
        "{\"name\":\"a\",\"value\":1,\"tags\":{\"k\":\"v\"}}\n{\"name\":\"b\",\"type\":\"counter\",\"value\":2,\"timestamp\":1700000000000}\r\n\n{\"name\":\"c\",\"values\":[1,2]}",
        "{\n \"name\": \"a\",\n \"value\": 1,\n \"tags\": {}\n}\n",
        "{\"name\":\"http.request.duration\",\"type\":\"distribution\",\"value\":12.345,\"tags\":{\"service\":\"checkout\",\"region\":\"eu-1\"},\"timestamp\":\"2024-01-01T00:00:00Z\"}\n");

    [Fact]
    public void MoveNext_MutatedArrays_NeverThrowsNorAllocates() => FuzzBodies(4242, Arrays);

    [Fact]
    public void MoveNext_MutatedLines_NeverThrowsNorAllocates() => FuzzBodies(2424, Lines);

    [Fact]
    public void TryRead_MutatedTags_NeverThrowsNorAllocates()
    {
        byte[][] valid = Mutator.Bytes("""{"service":"checkout","region":"eu-1","n":1.5,"ok":true,"none":null}""", """{"k\u00e4":"\ud83c\udf89\n","a":"b"}""", "{}");
        TagSetBuilder tags = Grown();
        Run(31, valid, Pieces, input =>
        {
            tags.Clear();
            if (JsonTags.TryRead(input, tags) == JsonPointStatus.Ok)
            {
                ReadOnlySpan<byte> canonical = tags.Build();
                Require(TagSet.IsCanonical(canonical), "tags");
            }
        });
    }

    /// <summary>What is JSON and what is not: System.Text.Json is the oracle.</summary>
    [Fact]
    public void MoveNext_MutatedArrays_BrokenExactlyWhenNotJson()
    {
        const int seed = 808;
        var mutator = new Mutator(seed, Arrays, Pieces);
        var scratch = new JsonPointScratch();
        var options = new JsonDocumentOptions { MaxDepth = 64 };
        for (int i = 0; i < 100_000; i++)
        {
            byte[] input = mutator.Next().ToArray();
            string text = Encoding.Latin1.GetString(input);
            // What only one of the two takes: words that are no JSON, and depth, which the reader counts from the element.
            if (!text.TrimStart(' ', '\t', '\r', '\n').StartsWith('[') || text.Contains("NaN") || text.Contains("Infinity") || text.Count(c => c is '[' or '{') > 60)
            {
                continue;
            }
            bool broken = false;
            foreach (ref readonly JsonPoint point in new JsonPointReader(input, scratch))
            {
                broken |= JsonPointStatuses.IsSyntax(point.Status);
            }
            bool expected = false;
            try
            {
                JsonDocument.Parse(input, options).Dispose();
            }
            catch (JsonException)
            {
                expected = true;
            }
            Assert.True(broken == expected, $"broken {broken}, JsonDocument {expected}; {mutator.Failure(input)}");
        }
    }

    private static void FuzzBodies(int seed, byte[][] valid)
    {
        var scratch = new JsonPointScratch();
        scratch.Member(Mutator.MaxLength);
        TagSetBuilder tags = Grown();
        Run(seed, valid, Pieces, input =>
        {
            int index = 0;
            var reader = new JsonPointReader(input, scratch);
            while (reader.MoveNext())
            {
                ref readonly JsonPoint point = ref reader.Current;
                Require(point.Index == index++ && index <= input.Length + 1 && (uint)point.ErrorAt <= (uint)input.Length, "index");
                if (point.Status == JsonPointStatus.Ok)
                {
                    CheckPoint(in point, tags);
                }
            }
            Require(!reader.MoveNext(), "ended twice");
        });
    }

    private static void CheckPoint(in JsonPoint point, TagSetBuilder tags)
    {
        Require(point.Name.Length is > 0 and <= 255 && Utf8.IsValid(point.Name) && Utf8.IsValid(point.Unit) && MetricKinds.IsDefined(point.Kind), "point");
        int values = 0;
        foreach (JsonValue value in point.EnumerateValues())
        {
            Require(double.IsFinite(value.Value) && Utf8.IsValid(value.Member), "value");
            values++;
        }
        Require(values == point.ValueCount && values > 0 && double.IsFinite(point.Value), "count");
        tags.Clear();
        JsonPointStatus status = JsonTags.TryRead(point.Tags, tags);
        Require(status != JsonPointStatus.BadTags, "the reader took tags that are no object");
        Require(status != JsonPointStatus.Ok || TagSet.IsCanonical(tags.Build()), "tags");
    }

    private static TagSetBuilder Grown()
    {
        var tags = new TagSetBuilder();
        for (int i = 0; i < TagSet.MaxTags; i++)
        {
            tags.Add([(byte)(i + 1)], new byte[TagSet.MaxValueBytes]);
        }
        tags.Build();
        return tags;
    }
}
