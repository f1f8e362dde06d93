using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.Json;

namespace MetricsGrains.Protocols.Tests.Json;

public class JsonTagsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("{}", "")]
    [InlineData(" { } ", "")]
    [InlineData("""{"b":"2","a":"1"}""", "a:1,b:2")]
    [InlineData("""{"s":"","n":-1.50e3,"t":true,"f":false,"z":null}""", "f:false,n:-1.50e3,s:,t:true")]
    [InlineData("""{"a":"1","a":"2"}""", "a:2")]
    [InlineData("""{"k\u00f6ln":"\"\\\/\ud83c\udf89"}""", "köln:\"\\/🎉")]
    public void TryRead_Object_Canonical(string raw, string expected)
    {
        var builder = new TagSetBuilder();
        Assert.Equal(JsonPointStatus.Ok, JsonTags.TryRead(Encoding.UTF8.GetBytes(raw), builder));
        Assert.Equal(expected, TagSet.FromCanonical(builder.Build()).ToString());
    }

    [Theory]
    [InlineData("""{"a":{}}""", JsonPointStatus.NestedTag)]
    [InlineData("""{"a":[1]}""", JsonPointStatus.NestedTag)]
    [InlineData("""{"a":NaN}""", JsonPointStatus.NestedTag)]
    [InlineData("""{"":"x"}""", JsonPointStatus.TagEmptyKey)]
    [InlineData("""{"a":"\n"}""", JsonPointStatus.TagControlCharacter)]
    [InlineData("""{"a\u0000":"x"}""", JsonPointStatus.TagControlCharacter)]
    [InlineData("""{"a":"\ud800"}""", JsonPointStatus.TagBadUtf8)]
    [InlineData("""["a"]""", JsonPointStatus.BadTags)]
    [InlineData("{", JsonPointStatus.BadTags)]
    [InlineData("""{"a":1""", JsonPointStatus.BadTags)]
    [InlineData("""{"a":1 "b":2}""", JsonPointStatus.BadTags)]
    public void TryRead_Bad_Refused(string raw, JsonPointStatus expected) => Assert.Equal(expected, Read(raw));

    [Fact]
    public void TryRead_OverTheLimits_Refused()
    {
        Assert.Equal(JsonPointStatus.Ok, Read(Many(TagSet.MaxTags, i => $"k{i}")));
        Assert.Equal(JsonPointStatus.TooManyTags, Read(Many(TagSet.MaxTags + 1, i => $"k{i}")));
        Assert.Equal(JsonPointStatus.TooManyTags, Read(Many(10_000, i => $"k{i}")));
        Assert.Equal(JsonPointStatus.TooManyTags, Read(Many(10_000, _ => "k")));
        Assert.Equal(JsonPointStatus.TagTooLong, Read(Many(1, _ => new string('k', TagSet.MaxKeyBytes + 1))));
        Assert.Equal(JsonPointStatus.TagTooLong, Read(Many(1, _ => "\\u0061" + new string('k', TagSet.MaxKeyBytes))));
        Assert.Equal(JsonPointStatus.TagTooLong, Read($$"""{"a":"{{new string('v', 1 << 20)}}"}"""));
        Assert.Equal(JsonPointStatus.TagBadUtf8, JsonTags.TryRead([.. "{\"a\":\""u8, 0xFF, .. "\"}"u8], new TagSetBuilder()));
    }

    private static string Many(int count, Func<int, string> key) => "{" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{key(i)}\":1")) + "}";

    private static JsonPointStatus Read(string raw) => JsonTags.TryRead(Encoding.UTF8.GetBytes(raw), new TagSetBuilder());
}
