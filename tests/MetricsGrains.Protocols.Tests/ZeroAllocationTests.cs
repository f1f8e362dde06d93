using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.Json;
using MetricsGrains.Protocols.StatsD;

namespace MetricsGrains.Protocols.Tests;

public class ZeroAllocationTests
{
    private const int Rounds = 2000;

    [Fact]
    public void StatsD_Datagram_AllocatesNothing()
    {
        byte[] datagram = Encoding.UTF8.GetBytes("page.views:1|c|@0.5|#env:prod,region:eu\nlatency:1.5:2.25:12.345678901234567|d|#a:b|T1656581400\nusers:ann|s\ntemp:-5|g\n_e{1,1}:a|b|#x:y\n_sc|up|0|m:fine\nbad\nworse:x|c\n");
        var tags = new TagSetBuilder();
        Assert.Equal(0, Allocated(() =>
        {
            foreach (ReadOnlySpan<byte> line in new StatsDLines(datagram))
            {
                StatsDEventParser.TryParse(line, out _);
                StatsDServiceCheckParser.TryParse(line, out _);
                if (StatsDParser.TryParse(line, out StatsDLine metric) != StatsDStatus.Ok)
                {
                    continue;
                }
                foreach (StatsDValue value in metric.EnumerateValues())
                {
                    _ = value.Value;
                }
                tags.Clear();
                StatsDTags.TryRead(metric.Tags, tags);
                tags.Build();
            }
        }));
    }

    [Theory]
    [InlineData("""[{"name":"a","value":12.345678901234567,"tags":{"k":"v","u":"\u00e4"},"timestamp":"2024-01-01T00:00:00\u002B02:00"},{"name":"s\u0065t","type":"set","values":["x","\u0079",2],"unit":"\u0073"},{"name":"bad"},7]""")]
    [InlineData("{\"name\":\"a\",\"value\":1}\nbroken\n{\"name\":\"b\",\n\n{\"name\":\"c\",\"value\":2,\"timestamp\":1700000000000}\n")]
    public void Json_Body_AllocatesNothing(string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        var scratch = new JsonPointScratch();
        var tags = new TagSetBuilder();
        Assert.Equal(0, Allocated(() =>
        {
            foreach (ref readonly JsonPoint point in new JsonPointReader(body, scratch))
            {
                tags.Clear();
                JsonTags.TryRead(point.Tags, tags);
                tags.Build();
                foreach (JsonValue value in point.EnumerateValues())
                {
                    _ = value.MemberHash;
                }
            }
        }));
    }

    private static long Allocated(Action action)
    {
        for (int i = 0; i < Rounds; i++)
        {
            action();
        }
        // The lowest of a few: the runtime itself allocates now and then on a thread, as when code is compiled again.
        long lowest = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Rounds; i++)
            {
                action();
            }
            lowest = Math.Min(lowest, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return lowest;
    }
}
