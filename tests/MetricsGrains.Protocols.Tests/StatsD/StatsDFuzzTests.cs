using System.Text.Unicode;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.StatsD;
using static MetricsGrains.Protocols.Tests.Fuzz;

namespace MetricsGrains.Protocols.Tests.StatsD;

public class StatsDFuzzTests
{
    private static readonly byte[][] Pieces =
    [
        .. Mutator.Bytes(":", "|", ",", "#", "\n", "\r\n", "|@", "|T", "|c:", "NaN", "1e400", "1e-300", "+", "-", "|#a:b,c", "0000000000", "99999999999999999999", "{", "}", "\0", "_e{", "_sc|"),
        [0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80],
    ];

    [Fact]
    public void TryParse_MutatedMetrics_NeverThrowsNorAllocates()
    {
        byte[][] valid = Mutator.Bytes(
            "page.views:1|c", "users.online:1|c|@0.5|#country:china,env:prod", "page.views:1:2:32.5|d|#env:dev|T1656581400|c:ci-83c0a99c|e:it-false|card:low",
            "uniques:alice@example.com|s", "temp:-5.25|g|#room:küche", "request.latency:12.345678901234567|ms|@0.1|#service:checkout,region:eu-1,http://x:80");
        var tags = new TagSetBuilder();
        Grow(tags);
        Run(8125, valid, Pieces, input =>
        {
            if (StatsDParser.TryParse(input, out StatsDLine line) != StatsDStatus.Ok)
            {
                return;
            }
            Require(line.Name.Length is > 0 and <= 255 && Utf8.IsValid(line.Name) && Utf8.IsValid(line.Tags), "name or tags");
            Require(line.SampleRate is >= StatsDParser.MinSampleRate and <= 1 && line.TimestampMs is null or >= 0, "rate or time");
            int values = 0;
            foreach (StatsDValue value in line.EnumerateValues())
            {
                Require(double.IsFinite(value.Value), "value");
                values++;
            }
            Require(values > 0, "no values");
            tags.Clear();
            if (StatsDTags.TryRead(line.Tags, tags) == StatsDStatus.Ok)
            {
                Require(TagSet.IsCanonical(tags.Build()), "tags");
            }
        });
    }

    [Fact]
    public void TryParse_MutatedEvents_NeverThrowsNorAllocates()
    {
        byte[][] valid = Mutator.Bytes(
            "_e{21,36}:An exception occurred|Cannot parse CSV file from 10.0.0.17|t:warning|#err_type:bad_file", "_e{1,0}:a|", "_e{6,4}:Größ|text|d:1656581400|h:web|p:low|k:key|s:src|t:error|#a:b,c");
        byte[] room = new byte[Mutator.MaxLength];
        Run(4711, valid, Pieces, input =>
        {
            if (StatsDEventParser.TryParse(input, out StatsDEvent result) == StatsDStatus.Ok)
            {
                Require(result.Title.Length > 0 && Utf8.IsValid(result.Title.Length > 0 ? input : default), "event");
                Require(StatsDText.Unescape(result.Text, room) <= result.Text.Length, "text");
            }
        });
    }

    [Fact]
    public void TryParse_MutatedServiceChecks_NeverThrowsNorAllocates()
    {
        byte[][] valid = Mutator.Bytes("_sc|Redis connection|2|#env:dev|m:Redis connection timed out after 10s", "_sc|agent.up|0|d:21|h:localhost|h:localhost2|d:22", "_sc|größe|3");
        Run(17, valid, Pieces, input =>
        {
            if (StatsDServiceCheckParser.TryParse(input, out StatsDServiceCheck result) == StatsDStatus.Ok)
            {
                Require(result.Status is >= 0 and <= 3 && result.Name.Length is > 0 and <= 255, "check");
            }
        });
    }

    [Fact]
    public void Lines_MutatedDatagrams_EveryByteWalkedOnce()
    {
        byte[][] valid = Mutator.Bytes("a:1|c\nb:2|g\n_e{1,1}:a|b\n_sc|a|0\r\nc:3|ms", "a:1|c\n", "\n\n\r\n", "page.views:1:2:32.5|d|#env:dev\r\npage.views:1|c");
        Run(99, valid, Pieces, input =>
        {
            var lines = new StatsDLines(input);
            while (lines.MoveNext())
            {
                Require(!lines.Current.IsEmpty && !lines.Current.Contains((byte)'\n'), "line");
                _ = StatsDParser.KindOf(lines.Current) switch
                {
                    StatsDLineKind.Event => StatsDEventParser.TryParse(lines.Current, out _),
                    StatsDLineKind.ServiceCheck => StatsDServiceCheckParser.TryParse(lines.Current, out _),
                    _ => StatsDParser.TryParse(lines.Current, out _),
                };
            }
            Require(lines.Consumed == input.Length, "consumed");
        });
    }

    private static void Grow(TagSetBuilder tags)
    {
        for (int i = 0; i < TagSet.MaxTags; i++)
        {
            tags.Add([(byte)(i + 1)], new byte[TagSet.MaxValueBytes]);
        }
        tags.Build();
    }
}
