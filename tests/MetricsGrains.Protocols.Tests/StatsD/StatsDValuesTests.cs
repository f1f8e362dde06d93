using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.StatsD;

namespace MetricsGrains.Protocols.Tests.StatsD;

public class StatsDValuesTests
{
    [Theory]
    [InlineData("1:2:3", "1;2;3")]
    [InlineData("1::2:", "1;2")]
    [InlineData("1:x:3", "1;bad;3")]
    [InlineData("NaN:1", "bad;1")]
    [InlineData("Inf:-Infinity:1e400:-1e400:7", "bad;bad;bad;bad;7")]
    [InlineData("0.5:1e3:-2.25", "0.5;1000;-2.25")]
    public void MoveNext_PackedValues_ABadOneCostsItself(string packed, string expected)
    {
        var seen = new List<string>();
        foreach (StatsDValue value in new StatsDValues(Encoding.UTF8.GetBytes(packed), StatsDType.Distribution))
        {
            seen.Add(value.Status == StatsDStatus.Ok ? value.Value.ToString("R", null) : "bad");
            Assert.True(value.Status is StatsDStatus.Ok or StatsDStatus.BadValue);
        }
        Assert.Equal(expected, string.Join(';', seen));
    }

    [Theory]
    [InlineData("+5", true, 5)]
    [InlineData("-5", true, -5)]
    [InlineData("5", false, 5)]
    public void HasSign_GaugeValue_Told(string raw, bool sign, double expected)
    {
        StatsDValues values = new(Encoding.UTF8.GetBytes(raw), StatsDType.Gauge);
        Assert.True(values.MoveNext());
        Assert.Equal(sign, values.Current.HasSign);
        Assert.Equal(expected, values.Current.Value);
    }

    [Theory]
    [InlineData("1234")]
    [InlineData("alice@example.com")]
    [InlineData("2001:db8::1")]
    [InlineData("https://example.com/a:b")]
    [InlineData(":")]
    public void MoveNext_Set_OneMemberWhateverItHolds(string member)
    {
        Assert.Equal(StatsDStatus.Ok, StatsDParser.TryParse(Encoding.UTF8.GetBytes($"u:{member}|s"), out StatsDLine line));
        StatsDValues values = line.EnumerateValues();
        Assert.True(values.MoveNext());
        Assert.Equal(StableHash.Of(Encoding.UTF8.GetBytes(member)), values.Current.MemberHash);
        Assert.False(values.MoveNext());
    }

    [Fact]
    public void MoveNext_64KilobytesOfValues_AllSeen()
    {
        byte[] packed = Encoding.UTF8.GetBytes(string.Join(':', Enumerable.Range(0, 12_000)));
        double sum = 0;
        foreach (StatsDValue value in new StatsDValues(packed, StatsDType.Counter))
        {
            sum += value.Value;
        }
        Assert.Equal(12_000.0 * 11_999 / 2, sum);
    }
}
