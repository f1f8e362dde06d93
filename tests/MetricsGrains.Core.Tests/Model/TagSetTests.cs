using System.Text;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Tests.Model;

public sealed class TagSetTests
{
    [Fact]
    public void Of_AnyOrder_GivesTheSameCanonicalBytes()
    {
        TagSet a = TagSet.Of(("region", "eu"), ("host", "a"), ("zone", ""));
        TagSet b = TagSet.Of(("zone", ""), ("region", "eu"), ("host", "a"));
        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        Assert.Equal("03" + "04686F73740161" + "06726567696F6E026575" + "047A6F6E6500", Convert.ToHexString(a.Canonical));
        Assert.Equal("host:a,region:eu,zone:", a.ToString());
    }

    [Fact]
    public void Of_KeysWhoseUtf16OrderDiffers_AreInByteOrder()
    {
        // U+FF5E sorts before U+10000 as bytes, after it as UTF-16.
        TagSet tags = TagSet.Of(("\U00010000", "2"), ("\uFF5E", "1"));
        Assert.Equal(["1", "2"], tags.ToPairs().Select(p => p.Value));
        Assert.True(TagSet.IsCanonical(tags.Canonical));
    }

    [Fact]
    public void Add_KeyGivenTwice_KeepsItsLastValue()
    {
        var builder = new TagSetBuilder();
        builder.Add("env"u8, "test"u8);
        builder.Add("a"u8, "1"u8);
        builder.Add("env"u8, "production"u8);
        Assert.Equal(TagSet.Of(("a", "1"), ("env", "production")), TagSet.FromCanonical(builder.Build()));
    }

    [Fact]
    public void Add_BeyondALimit_SaysWhichAndKeepsTheRest()
    {
        var builder = new TagSetBuilder();
        Assert.Equal(TagStatus.EmptyKey, builder.Add(default, "x"u8));
        Assert.Equal(TagStatus.KeyTooLong, builder.Add(new byte[TagSet.MaxKeyBytes + 1], "x"u8));
        Assert.Equal(TagStatus.ValueTooLong, builder.Add("x"u8, new byte[TagSet.MaxValueBytes + 1]));
        for (int i = 0; i < TagSet.MaxTags; i++)
        {
            Assert.Equal(TagStatus.Ok, builder.Add(Encoding.UTF8.GetBytes($"k{i:00}"), "v"u8));
        }
        Assert.Equal(TagStatus.TooManyTags, builder.Add("one more"u8, "v"u8));
        Assert.Equal(TagStatus.Ok, builder.Add("k07"u8, "replaced"u8));
        TagSet tags = TagSet.FromCanonical(builder.Build());
        Assert.Equal(TagSet.MaxTags, tags.Count);
        Assert.True(tags.TryGet("k07", out string? value));
        Assert.Equal("replaced", value);
    }

    [Fact]
    public void Of_LimitBroken_NamesTheTag() =>
        Assert.Contains("'big'", Assert.Throws<ArgumentException>(() => TagSet.Of(("big", new string('x', TagSet.MaxValueBytes + 1)))).Message);

    [Theory]
    [InlineData("")] // nothing
    [InlineData("01")] // a tag promised
    [InlineData("41")] // 65 tags
    [InlineData("0100016B")] // no key
    [InlineData("02016201780161017900")] // left over
    [InlineData("020162017801610179")] // b before a
    [InlineData("020161017801610179")] // a twice
    [InlineData("0101FFFFFFFFFFFFFFFFFF7F")] // a length no memory has
    [InlineData("8000")] // no tags, in two bytes
    [InlineData("0181006101" + "78")] // a key's length in two bytes
    [InlineData("01016181" + "0078")] // a value's length in two bytes
    public void IsCanonical_ForeignBytes_RefusesThem(string hex) => Assert.False(TagSet.IsCanonical(Convert.FromHexString(hex)));

    [Fact]
    public void IsCanonical_MutatedBytes_AcceptsOnlyWhatABuilderWouldWrite()
    {
        byte[] whole = TagSet.Of(("host", "web-1"), ("region", "eu"), ("service", "api")).Canonical.ToArray();
        for (int seed = 0; seed < 100_000; seed++)
        {
            byte[] bytes = Mutation.Of(whole, new Random(seed));
            bool canonical = TagSet.IsCanonical(bytes);
            var builder = new TagSetBuilder();
            foreach (TagSet.Tag tag in TagSet.FromCanonical(bytes))
            {
                builder.Add(tag.Key, tag.Value);
            }
            Check.That(!canonical || builder.Build().SequenceEqual(bytes), $"seed {seed}: {Convert.ToHexString(bytes)} passes for canonical");
        }
    }

    [Fact]
    public void Intern_EqualBytes_GivesOneInstance()
    {
        var pool = new TagSetPool();
        byte[] canonical = TagSet.Of(("host", "a")).Canonical.ToArray();
        Assert.Same(pool.Intern(canonical), pool.Intern(canonical.ToArray()));
        Assert.Equal(1, pool.Count);
    }

    [Fact]
    public void Intern_SetsNobodyHolds_AreForgotten()
    {
        var pool = new TagSetPool();
        for (int i = 0; i < 20_000; i++)
        {
            pool.Intern(TagSet.Of(("request", i.ToString())).Canonical);
            if (i % 2_000 == 0)
            {
                GC.Collect();
            }
        }
        Assert.InRange(pool.Count, 1, 10_000);
    }
}
