using System.Text;
using MetricsGrains.Core.Model;
using MetricsGrains.Protocols.StatsD;

namespace MetricsGrains.Protocols.Tests.StatsD;

public class StatsDParserTests
{
    [Theory]
    [InlineData("page.views:1|c", "page.views", StatsDType.Counter, "1", 1.0, "")]
    [InlineData("fuel.level:0.5|g", "fuel.level", StatsDType.Gauge, "0.5", 1.0, "")]
    [InlineData("song.length:240|h|@0.5", "song.length", StatsDType.Histogram, "240", 0.5, "")]
    [InlineData("users.uniques:1234|s", "users.uniques", StatsDType.Set, "1234", 1.0, "")]
    [InlineData("users.online:1|c|#country:china", "users.online", StatsDType.Counter, "1", 1.0, "country:china")]
    [InlineData("users.online:1|c|@0.5|#country:china", "users.online", StatsDType.Counter, "1", 0.5, "country:china")]
    [InlineData("page.views:1:2:32|d", "page.views", StatsDType.Distribution, "1:2:32", 1.0, "")]
    [InlineData("page.views:1:2:32|d|#env:dev|@0.25", "page.views", StatsDType.Distribution, "1:2:32", 0.25, "env:dev")]
    [InlineData("glork:320|ms", "glork", StatsDType.Timer, "320", 1.0, "")]
    [InlineData("deploys:1|m", "deploys", StatsDType.Counter, "1", 1.0, "")]
    [InlineData("Grüße 世界 🎉:-1.5e3|g||#", "Grüße 世界 🎉", StatsDType.Gauge, "-1.5e3", 1.0, "")]
    [InlineData("_e:1|c", "_e", StatsDType.Counter, "1", 1.0, "")]
    public void TryParse_ValidLine_TakenApart(string line, string name, StatsDType type, string values, double rate, string tags)
    {
        Assert.Equal(StatsDStatus.Ok, StatsDParser.TryParse(Encoding.UTF8.GetBytes(line), out StatsDLine result));
        Assert.Equal(name, Encoding.UTF8.GetString(result.Name));
        Assert.Equal(type, result.Type);
        Assert.Equal(values, Encoding.UTF8.GetString(result.Values));
        Assert.Equal(rate, result.SampleRate);
        Assert.Equal(tags, Encoding.UTF8.GetString(result.Tags));
        Assert.Null(result.TimestampMs);
    }

    [Theory]
    [InlineData("page.views:15|c|#env:dev|T1656581400|c:83c0a99c0a54c0c187f461c7980e9b57f3f6a8b0c918c8d93df19a9de6f3fe1d|e:it-false,cn-x|card:low")]
    [InlineData("page.views:15|c|card:low|zzz|e:it-false,cn-x|x:y|c:83c0a99c0a54c0c187f461c7980e9b57f3f6a8b0c918c8d93df19a9de6f3fe1d|T1656581400|#env:dev|unknown:1")]
    [InlineData("page.views:15|c|#a:b|T1|T1656581400|c:83c0a99c0a54c0c187f461c7980e9b57f3f6a8b0c918c8d93df19a9de6f3fe1d|e:it-false,cn-x|card:low|#env:dev|")]
    public void TryParse_FieldsInAnyOrder_AllRead(string line)
    {
        Assert.Equal(StatsDStatus.Ok, StatsDParser.TryParse(Encoding.UTF8.GetBytes(line), out StatsDLine result));
        Assert.Equal("env:dev"u8, result.Tags);
        Assert.Equal(1_656_581_400_000, result.TimestampMs);
        Assert.Equal("83c0a99c0a54c0c187f461c7980e9b57f3f6a8b0c918c8d93df19a9de6f3fe1d"u8, result.ContainerId);
        Assert.Equal("it-false,cn-x"u8, result.ExternalData);
        Assert.Equal("low"u8, result.Cardinality);
    }

    [Theory]
    [InlineData("", StatsDStatus.MissingName)]
    [InlineData(":1|c", StatsDStatus.MissingName)]
    [InlineData("a", StatsDStatus.MissingValue)]
    [InlineData("a|c", StatsDStatus.MissingValue)]
    [InlineData("a|c|#x:y", StatsDStatus.MissingValue)]
    [InlineData("a:", StatsDStatus.MissingValue)]
    [InlineData("a:|c", StatsDStatus.MissingValue)]
    [InlineData("a:::|c", StatsDStatus.MissingValue)]
    [InlineData("a:1", StatsDStatus.MissingType)]
    [InlineData("a:1|", StatsDStatus.MissingType)]
    [InlineData("a:1||#x", StatsDStatus.MissingType)]
    [InlineData("a:1|x", StatsDStatus.UnknownType)]
    [InlineData("a:1|cc", StatsDStatus.UnknownType)]
    [InlineData("a:1|c|@0", StatsDStatus.BadSampleRate)]
    [InlineData("a:1|c|@-1", StatsDStatus.BadSampleRate)]
    [InlineData("a:1|c|@1e-300", StatsDStatus.BadSampleRate)]
    [InlineData("a:1|c|@1.01", StatsDStatus.BadSampleRate)]
    [InlineData("a:1|c|@NaN", StatsDStatus.BadSampleRate)]
    [InlineData("a:1|c|@1e400", StatsDStatus.BadSampleRate)]
    [InlineData("a:1|c|@", StatsDStatus.BadSampleRate)]
    [InlineData("a:1|c|@0.5x", StatsDStatus.BadSampleRate)]
    [InlineData("a:1|c|T", StatsDStatus.BadTimestamp)]
    [InlineData("a:1|c|T-1", StatsDStatus.BadTimestamp)]
    [InlineData("a:1|c|T1.5", StatsDStatus.BadTimestamp)]
    [InlineData("a:1|c|T253402300800", StatsDStatus.BadTimestamp)]
    [InlineData("a:1|c|T99999999999999999999", StatsDStatus.BadTimestamp)]
    [InlineData("a\tb:1|c", StatsDStatus.ControlCharacter)]
    [InlineData("a\0:1|c", StatsDStatus.ControlCharacter)]
    [InlineData("a:1|c|#x:\0", StatsDStatus.ControlCharacter)]
    public void TryParse_BadLine_Refused(string line, StatsDStatus expected) =>
        Assert.Equal(expected, StatsDParser.TryParse(Encoding.UTF8.GetBytes(line), out _));

    [Theory]
    [InlineData("a:1|c|T0", 0)]
    [InlineData("a:1|c|T86400", 86_400_000)]
    [InlineData("a:1|c|T4102444800", 4_102_444_800_000)]
    public void TryParse_1970And2100_LeftToTheGateway(string line, long expected)
    {
        Assert.Equal(StatsDStatus.Ok, StatsDParser.TryParse(Encoding.UTF8.GetBytes(line), out StatsDLine result));
        Assert.Equal(expected, result.TimestampMs);
    }

    [Fact]
    public void TryParse_InvalidUtf8_Refused()
    {
        Assert.Equal(StatsDStatus.BadUtf8, StatsDParser.TryParse([(byte)'a', 0xFF, (byte)':', (byte)'1', (byte)'|', (byte)'c'], out _));
        Assert.Equal(StatsDStatus.BadUtf8, StatsDParser.TryParse([.. "a:1|c|#k:"u8, 0xC3, 0x28], out _));
        Assert.Equal(StatsDStatus.BadUtf8, StatsDParser.TryParse([0xED, 0xA0, 0x80, .. ":1|c"u8], out _));
    }

    [Fact]
    public void TryParse_LongNames_RefusedAbove255Bytes()
    {
        Assert.Equal(StatsDStatus.Ok, StatsDParser.TryParse([.. Enumerable.Repeat((byte)'n', 255), .. ":1|c"u8], out _));
        Assert.Equal(StatsDStatus.NameTooLong, StatsDParser.TryParse([.. Enumerable.Repeat((byte)'n', 256), .. ":1|c"u8], out _));
        Assert.Equal(StatsDStatus.NameTooLong, StatsDParser.TryParse([.. Enumerable.Repeat((byte)'n', 1 << 20), .. ":1|c"u8], out _));
        Assert.Equal(StatsDStatus.MissingValue, StatsDParser.TryParse([.. Enumerable.Repeat((byte)'n', 1 << 20)], out _));
    }

    [Theory]
    [InlineData(StatsDType.Timer, MetricKind.Distribution)]
    [InlineData(StatsDType.Histogram, MetricKind.Distribution)]
    [InlineData(StatsDType.Distribution, MetricKind.Distribution)]
    [InlineData(StatsDType.Counter, MetricKind.Counter)]
    [InlineData(StatsDType.Gauge, MetricKind.Gauge)]
    [InlineData(StatsDType.Set, MetricKind.Set)]
    public void KindOf_EachType_ItsKind(StatsDType type, MetricKind kind) => Assert.Equal(kind, StatsDTypes.KindOf(type));

    [Fact]
    public void KindOf_FirstBytes_Tell()
    {
        Assert.Equal(StatsDLineKind.Event, StatsDParser.KindOf("_e{1,1}:a|b"u8));
        Assert.Equal(StatsDLineKind.ServiceCheck, StatsDParser.KindOf("_sc|a|0"u8));
        Assert.Equal(StatsDLineKind.Metric, StatsDParser.KindOf("_score:1|c"u8));
        Assert.Equal(StatsDLineKind.Metric, StatsDParser.KindOf(""u8));
    }

    [Fact]
    public void NameOf_EachStatus_UniqueSnakeCase()
    {
        string[] names = [.. Enum.GetValues<StatsDStatus>().Select(StatsDStatuses.NameOf)];
        Assert.Equal(StatsDStatuses.Count, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[a-z0-9_]+$", name));
        Assert.DoesNotContain("unknown", names);
    }
}
