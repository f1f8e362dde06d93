using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.Json;

namespace MetricsGrains.Protocols.Tests.Json;

public class JsonPointReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("  \r\n\t ")]
    [InlineData("[]")]
    [InlineData(" [ ] ")]
    public void MoveNext_NothingInIt_NoPoint(string body) => Assert.Empty(Read(body));

    [Theory]
    [InlineData("""{"name":"a","value":1}""")]
    [InlineData("""[{"name":"a","value":1}]""")]
    [InlineData("\uFEFF{\"name\":\"a\",\"value\":1}\r\n")]
    [InlineData("{\n  \"name\": \"a\",\n  \"value\": 1\n}\n")]
    [InlineData(""" [ { "value" : 1.0 , "x":{"y":[1,{}]}, "name" : "a", "tags":null, "timestamp":null, "type":null, "unit":null, "values":null } ] """)]
    [InlineData("""{"value":7,"n\u0061me":"b","n\u0061me":"\u0061","\u0076\u0061\u006c\u0075\u0065":1}""")]
    public void MoveNext_OnePointInAnyForm_Read(string body) => Assert.Equal(["0 a gauge 1 [] - ''"], Read(body));

    [Fact]
    public void MoveNext_EveryMember_Read()
    {
        string[] seen = Read("""
            {"name":"shop.orders","type":"counter","value":3,"tags":{"region":"eu","n":1.0,"ok":true,"no":null},"timestamp":"2024-03-01T12:00:00.25+01:00","unit":"{order}"}
            {"name":"shop.latency","type":"timer","values":[1,2.5,3e2],"timestamp":1709290800000}

            {"name":"shop.users","type":"set","values":["ann","b\u00f6b",42]}
            {"name":"größe","type":"cumulative_counter","value":-0}
            """);
        Assert.Equal(
            [
                "0 shop.orders counter 3 [n:1.0,ok:true,region:eu] 1709290800250 '{order}'",
                "1 shop.latency distribution 1;2.5;300 [] 1709290800000 ''",
                "2 shop.users set ann;böb;42 [] - ''",
                "3 größe cumulative_counter -0 [] - ''",
            ],
            seen);
    }

    [Theory]
    [InlineData("""{"value":1}""", "name: missing")]
    [InlineData("""{"name":null,"value":1}""", "name: missing")]
    [InlineData("""{"name":"","value":1}""", "name: missing")]
    [InlineData("""{"name":7,"value":1}""", "name: must be a string")]
    [InlineData("""{"name":"a\u0000b","value":1}""", "name: control characters are not accepted")]
    [InlineData("""{"name":"\ud800","value":1}""", "name: not valid UTF-8")]
    [InlineData("""{"name":"a"}""", "value: missing")]
    [InlineData("""{"name":"a","values":[]}""", "value: missing")]
    [InlineData("""{"name":"a","value":1,"values":[2]}""", "value: give either value or values")]
    [InlineData("""{"name":"a","value":"1"}""", "value: must be a number (for a set a number or a string)")]
    [InlineData("""{"name":"a","value":true}""", "value: must be a number (for a set a number or a string)")]
    [InlineData("""{"name":"a","value":NaN}""", "value: NaN and infinities are not accepted")]
    [InlineData("""{"name":"a","value":"NaN"}""", "value: NaN and infinities are not accepted")]
    [InlineData("""{"name":"a","value":-Infinity}""", "value: NaN and infinities are not accepted")]
    [InlineData("""{"name":"a","value":1e400}""", "value: NaN and infinities are not accepted")]
    [InlineData("""{"name":"a","values":[1,-1e400]}""", "values: NaN and infinities are not accepted")]
    [InlineData("""{"name":"a","values":[1,[2]]}""", "values: must be an array of numbers (for a set of numbers or strings)")]
    [InlineData("""{"name":"a","values":1}""", "values: must be an array of numbers (for a set of numbers or strings)")]
    [InlineData("""{"name":"a","type":"set","value":true}""", "value: must be a number (for a set a number or a string)")]
    [InlineData("""{"name":"a","type":"set","value":"\udc00x"}""", "value: not valid UTF-8")]
    [InlineData("""{"name":"a","type":"rate","value":1}""", "type: must be gauge, counter, cumulative_counter, distribution (also histogram, timer) or set")]
    [InlineData("""{"name":"a","type":1,"value":1}""", "type: must be gauge, counter, cumulative_counter, distribution (also histogram, timer) or set")]
    [InlineData("""{"name":"a","value":1,"timestamp":"yesterday"}""", "timestamp: must be ISO 8601 with a zone, or whole Unix milliseconds")]
    [InlineData("""{"name":"a","value":1,"timestamp":"2024-03-01T12:00:00"}""", "timestamp: has no zone; end it with Z or an offset")]
    [InlineData("""{"name":"a","value":1,"timestamp":1709290800000000000}""", "timestamp: out of range; Unix times are in milliseconds")]
    [InlineData("""{"name":"a","value":1,"timestamp":[]}""", "timestamp: must be ISO 8601 with a zone, or whole Unix milliseconds")]
    [InlineData("""{"name":"a","value":1,"unit":5}""", "unit: must be a string of at most 64 bytes without control characters")]
    [InlineData("""{"name":"a","value":1,"tags":["a:b"]}""", "tags: must be an object")]
    [InlineData("""7""", "a point must be a JSON object")]
    [InlineData("""["name"]""", "a point must be a JSON object")]
    public void MoveNext_BadPoint_ReasonNamesTheMember(string element, string reason)
    {
        Assert.Equal([$"0! {reason}"], Read($"[{element}]"));
        if (!element.StartsWith('['))
        {
            Assert.Equal([$"0! {reason}"], Read(element));
        }
        Assert.Equal(["0 a gauge 1 [] - ''", $"1! {reason}", "2 b gauge 2 [] - ''"], Read($$"""[{"name":"a","value":1},{{element}},{"name":"b","value":2}]"""));
        Assert.Equal(["0 a gauge 1 [] - ''", $"1! {reason}", "2 b gauge 2 [] - ''"], Read("{\"name\":\"a\",\"value\":1}\n" + element + "\n{\"name\":\"b\",\"value\":2}"));
    }

    [Theory]
    [InlineData("""{"name":"b","value":""", "cut off", 43)]
    [InlineData("""{"name":"b","value":1""", "cut off", 44)]
    [InlineData("""{"name":"b" "value":1}""", "broken", 35)]
    [InlineData("""{"name":"b","value":01}""", "broken", 44)]
    [InlineData("""{"name":"b","value":1}}""", "broken", 45)]
    [InlineData("""{"name":"b","value":1,}""", "broken", 45)]
    [InlineData("""{"name":"b\x","value":1}""", "broken", 34)]
    [InlineData("""nil""", "broken", 24)]
    public void MoveNext_BrokenLine_CostsThatLineOnly(string line, string what, int at) =>
        Assert.Equal(
            ["0 a gauge 1 [] - ''", $"1! JSON is {what} at byte {at}", "2 c gauge 3 [] - ''"],
            Read("{\"name\":\"a\",\"value\":1}\n" + line + "\n{\"name\":\"c\",\"value\":3}"));

    [Theory]
    [InlineData("""[{"name":"a","value":1} {"name":"b","value":2}]""", "broken", 24)]
    [InlineData("""[{"name":"a","value":1},]""", "broken", 24)]
    [InlineData("""[{"name":"a","value":1}] x""", "broken", 25)]
    [InlineData("""[{"name":"a","value":1},{"name":tru},{"name":"c","value":1}]""", "broken", 35)]
    [InlineData("""[{"name":"a","value":1}""", "cut off", 23)]
    [InlineData("""[{"name":"a","value":1},""", "cut off", 24)]
    public void MoveNext_BrokenArray_OneRefusalThenTheEnd(string body, string what, int at) =>
        Assert.Equal(["0 a gauge 1 [] - ''", $"1! JSON is {what} at byte {at}"], Read(body));

    [Fact]
    public void MoveNext_ArrayCutAtEveryByte_WholePointsAndOneRefusal()
    {
        byte[] body = Encoding.UTF8.GetBytes("""[{"name":"a","value":1.5e3,"tags":{"k":"v\/\u00e4"},"values":null},{"name":"b","type":"set","values":["x",2]} , {"name":"c","value":-3,"timestamp":"2024-01-01T00:00:00Z"}]""");
        string[] whole = Read(body);
        Assert.Equal(3, whole.Length);
        for (int cut = 1; cut < body.Length; cut++)
        {
            string[] seen = Read(body.AsSpan(0, cut));
            Assert.EndsWith($"JSON is cut off at byte {cut}", seen[^1]);
            Assert.Equal(whole.Take(seen.Length - 1), seen.SkipLast(1));
            Assert.Equal($"{seen.Length - 1}!", seen[^1].Split(' ')[0]);
        }
    }

    [Fact]
    public void MoveNext_TooDeep_Refused()
    {
        string deep = string.Concat(Enumerable.Repeat("[", 64)) + string.Concat(Enumerable.Repeat("]", 64));
        Assert.Equal(["0 a gauge 1 [] - ''"], Read($$"""{"name":"a","value":1,"x":{{deep}}}"""));
        Assert.StartsWith("0! JSON is nested deeper than 64 at byte ", Assert.Single(Read($$"""{"name":"a","value":1,"x":[{{deep}}]}""")));
        Assert.StartsWith("0! JSON is nested deeper than 64 at byte ", Assert.Single(Read(new string('[', 1_000_000))));
    }

    [Fact]
    public void MoveNext_LongNames_RefusedAbove255Bytes()
    {
        Assert.Equal(["0! name: longer than 255 bytes"], Read($$"""{"name":"{{new string('n', 256)}}","value":1}"""));
        Assert.Equal(["0! name: longer than 255 bytes"], Read($$"""{"name":"\u0061{{new string('n', 255)}}","value":1}"""));
        Assert.Equal(["0! name: longer than 255 bytes"], Read($$"""{"name":"{{new string('n', 1 << 20)}}","value":1}"""));
        Assert.StartsWith("0 nnn", Assert.Single(Read($$"""{"name":"\u006e{{new string('n', 254)}}","value":1}""")));
        Assert.Equal(["0! name: not valid UTF-8"], Read([.. "{\"name\":\"a"u8, 0xFF, .. "\",\"value\":1}"u8]));
    }

    [Fact]
    public void NameOf_EachStatus_UniqueSnakeCase()
    {
        string[] names = [.. Enum.GetValues<JsonPointStatus>().Select(JsonPointStatuses.NameOf)];
        Assert.Equal(JsonPointStatuses.Count, names.Distinct().Count());
        Assert.Equal("missing_name", JsonPointStatuses.NameOf(JsonPointStatus.MissingName));
        Assert.All(Enum.GetValues<JsonPointStatus>(), status => Assert.NotEqual("refused", JsonPointStatuses.ReasonOf(status, 1)));
    }

    private static string[] Read(string body) => Read(Encoding.UTF8.GetBytes(body));

    private static string[] Read(ReadOnlySpan<byte> body)
    {
        var seen = new List<string>();
        var tags = new TagSetBuilder();
        foreach (ref readonly JsonPoint point in new JsonPointReader(body, new JsonPointScratch()))
        {
            if (point.Status != JsonPointStatus.Ok)
            {
                seen.Add($"{point.Index}! {point.Reason()}");
                continue;
            }
            tags.Clear();
            Assert.Equal(JsonPointStatus.Ok, JsonTags.TryRead(point.Tags, tags));
            var values = new List<string>();
            foreach (JsonValue value in point.EnumerateValues())
            {
                values.Add(point.Kind == MetricKind.Set ? Encoding.UTF8.GetString(value.Member) : value.Value.ToString("R", null));
            }
            Assert.Equal(values.Count, point.ValueCount);
            seen.Add($"{point.Index} {Encoding.UTF8.GetString(point.Name)} {MetricKinds.NameOf(point.Kind)} {string.Join(';', values)} [{TagSet.FromCanonical(tags.Build())}] {point.TimestampMs?.ToString() ?? "-"} '{Encoding.UTF8.GetString(point.Unit)}'");
        }
        return [.. seen];
    }
}
