using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.StatsD;

namespace MetricsGrains.Protocols.Tests.StatsD;

public class StatsDTagsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("country:china", "country:china")]
    [InlineData("b:2,a:1", "a:1,b:2")]
    [InlineData("bare", "bare:")]
    [InlineData("url:http://x:80/", "url:http://x:80/")]
    [InlineData(",,a:1,,b,", "a:1,b:")]
    [InlineData("a:1,a:2", "a:2")]
    [InlineData("stadt:köln", "stadt:köln")]
    public void TryRead_Tags_Canonical(string raw, string expected)
    {
        var builder = new TagSetBuilder();
        Assert.Equal(StatsDStatus.Ok, StatsDTags.TryRead(Encoding.UTF8.GetBytes(raw), builder));
        Assert.Equal(expected, TagSet.FromCanonical(builder.Build()).ToString());
    }

    [Fact]
    public void TryRead_OverTheLimits_Refused()
    {
        Assert.Equal(StatsDStatus.BadTag, Read(":v"));
        Assert.Equal(StatsDStatus.Ok, Read(string.Join(',', Enumerable.Range(0, TagSet.MaxTags))));
        Assert.Equal(StatsDStatus.TooManyTags, Read(string.Join(',', Enumerable.Range(0, TagSet.MaxTags + 1))));
        Assert.Equal(StatsDStatus.TooManyTags, Read(string.Join(',', Enumerable.Range(0, 10_000))));
        Assert.Equal(StatsDStatus.TooManyTags, Read(string.Join(',', Enumerable.Repeat("a:b", 10_000))));
        Assert.Equal(StatsDStatus.TagTooLong, Read(new string('k', TagSet.MaxKeyBytes + 1)));
        Assert.Equal(StatsDStatus.TagTooLong, Read("k:" + new string('v', TagSet.MaxValueBytes + 1)));
        Assert.Equal(StatsDStatus.Ok, Read(new string('k', TagSet.MaxKeyBytes) + ":" + new string('v', TagSet.MaxValueBytes)));
    }

    private static StatsDStatus Read(string raw) => StatsDTags.TryRead(Encoding.UTF8.GetBytes(raw), new TagSetBuilder());
}
