using System.Text;
using MetricsGrains.Protocols.StatsD;

namespace MetricsGrains.Protocols.Tests.StatsD;

public class StatsDLinesTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("\n\r\n\n", "")]
    [InlineData("a:1|c", "a:1|c")]
    [InlineData("a:1|c\n", "a:1|c")]
    [InlineData("a:1|c\r\nb:2|g\n\nc:3|ms", "a:1|c;b:2|g;c:3|ms")]
    public void MoveNext_Datagram_EachLine(string datagram, string expected)
    {
        var seen = new List<string>();
        foreach (ReadOnlySpan<byte> line in new StatsDLines(Encoding.UTF8.GetBytes(datagram)))
        {
            seen.Add(Encoding.UTF8.GetString(line));
        }
        Assert.Equal(expected, string.Join(';', seen));
    }

    [Fact]
    public void MoveNext_StreamCutAtEveryByte_SameLines()
    {
        byte[] stream = "a:1|c\r\n\nb:2|g|#x:y\nc:3|ms\n"u8.ToArray();
        for (int cut = 0; cut <= stream.Length; cut++)
        {
            var seen = new List<string>();
            var first = new StatsDLines(stream.AsSpan(0, cut), isWhole: false);
            while (first.MoveNext())
            {
                seen.Add(Encoding.UTF8.GetString(first.Current));
            }
            var second = new StatsDLines(stream.AsSpan(first.Consumed), isWhole: false);
            while (second.MoveNext())
            {
                seen.Add(Encoding.UTF8.GetString(second.Current));
            }
            Assert.Equal("a:1|c;b:2|g|#x:y;c:3|ms", string.Join(';', seen));
            Assert.Equal(stream.Length, first.Consumed + second.Consumed);
        }
    }

    [Fact]
    public void MoveNext_64KilobyteDatagram_GoodLinesSurviveTheBadOnes()
    {
        string datagram = string.Concat(Enumerable.Repeat("good:1|c\nno colon\nbad:x|y\n", 65_507 / 26));
        int good = 0;
        int bad = 0;
        foreach (ReadOnlySpan<byte> line in new StatsDLines(Encoding.UTF8.GetBytes(datagram)))
        {
            _ = StatsDParser.TryParse(line, out _) == StatsDStatus.Ok ? good++ : bad++;
        }
        Assert.Equal(65_507 / 26, good);
        Assert.Equal(2 * good, bad);
    }
}
