using System.Text;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Tests.Model;

/// <summary>These ids are in stores and logs: a test here that fails means that every series is a new one after the upgrade.</summary>
public sealed class SeriesIdTests
{
    [Theory]
    [InlineData("http.requests", "", "ec81eecfb67d3c6c")]
    [InlineData("http.requests", "service=api,region=eu-1", "d31b508ca35c81ff")]
    [InlineData("größe", "stadt=Köln", "72fb2796f3b2a8cb")]
    public void Of_NameAndTags_IsTheIdItAlwaysWas(string name, string tags, string expected) =>
        Assert.Equal(expected, SeriesId.Of(Encoding.UTF8.GetBytes(name), TagsOf(tags).Canonical).ToString());

    [Fact]
    public void Of_SameBytesSplitElsewhere_IsAnotherId()
    {
        // Without the name's length before it, "a" + tags would hash like a longer name and fewer tags.
        Assert.NotEqual(SeriesId.Of([1, 0], [0]), SeriesId.Of([1], [0, 0]));
    }

    [Fact]
    public void Of_LongTags_HashesAllOfThem()
    {
        TagSet a = TagSet.Of(Enumerable.Range(0, TagSet.MaxTags).Select(i => ($"key{i:00}", new string('x', TagSet.MaxValueBytes))));
        TagSet b = TagSet.Of(a.ToPairs().Select((p, i) => (p.Key, i == TagSet.MaxTags - 1 ? p.Value[1..] + "y" : p.Value)));
        Assert.NotEqual(SeriesId.Of("m"u8, a.Canonical), SeriesId.Of("m"u8, b.Canonical));
    }

    private static TagSet TagsOf(string pairs) =>
        TagSet.Of(pairs.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => (p[..p.IndexOf('=')], p[(p.IndexOf('=') + 1)..])));
}
