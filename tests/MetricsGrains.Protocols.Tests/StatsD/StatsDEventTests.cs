using System.Text;
using MetricsGrains.Protocols.StatsD;

namespace MetricsGrains.Protocols.Tests.StatsD;

public class StatsDEventTests
{
    [Fact]
    public void TryParse_DocumentedExamples_TakenApart()
    {
        Assert.Equal(StatsDStatus.Ok, StatsDEventParser.TryParse("_e{21,36}:An exception occurred|Cannot parse CSV file from 10.0.0.17|t:warning|#err_type:bad_file"u8, out StatsDEvent result));
        Assert.Equal("An exception occurred"u8, result.Title);
        Assert.Equal("Cannot parse CSV file from 10.0.0.17"u8, result.Text);
        Assert.Equal(StatsDAlertType.Warning, result.AlertType);
        Assert.Equal(StatsDPriority.Normal, result.Priority);
        Assert.Equal("err_type:bad_file"u8, result.Tags);

        Assert.Equal(StatsDStatus.Ok, StatsDEventParser.TryParse(@"_e{21,42}:An exception occurred|Cannot parse JSON request:\\n{""foo: ""bar""}|p:low|#err_type:bad_request"u8, out result));
        Assert.Equal(StatsDPriority.Low, result.Priority);
        Assert.Equal("err_type:bad_request"u8, result.Tags);
    }

    [Fact]
    public void TryParse_EveryField_Read()
    {
        Assert.Equal(StatsDStatus.Ok, StatsDEventParser.TryParse("_e{1,3}:a|b|c|s:nagios|k:key|h:web-1|d:1656581400|t:error|p:low|#x:y|c:id|zz"u8, out StatsDEvent result));
        Assert.Equal("b|c"u8, result.Text);
        Assert.Equal("nagios"u8, result.SourceType);
        Assert.Equal("key"u8, result.AggregationKey);
        Assert.Equal("web-1"u8, result.Host);
        Assert.Equal(1_656_581_400_000, result.TimestampMs);
        Assert.Equal(StatsDAlertType.Error, result.AlertType);
        Assert.Equal(StatsDPriority.Low, result.Priority);
        Assert.Equal(0, result.BadFields);
    }

    [Fact]
    public void TryParse_BadOptionalFields_CountedAndDefaulted()
    {
        Assert.Equal(StatsDStatus.Ok, StatsDEventParser.TryParse("_e{1,0}:a||t:purple|p:none|d:yesterday"u8, out StatsDEvent result));
        Assert.Equal(3, result.BadFields);
        Assert.Equal(StatsDAlertType.Info, result.AlertType);
        Assert.Null(result.TimestampMs);
    }

    [Theory]
    [InlineData("_e{")]
    [InlineData("_e{5,4")]
    [InlineData("_e{5,4}")]
    [InlineData("_e{5,4}:")]
    [InlineData("_e{0,4}:|text")]
    [InlineData("_e{5,4}:title|tex")]
    [InlineData("_e{5,4}:title|textx")]
    [InlineData("_e{4,4}:title|text")]
    [InlineData("_e{5}:title|text")]
    [InlineData("_e{-5,4}:title|text")]
    [InlineData("_e{+5,4}:title|text")]
    [InlineData("_e{2147483647,2147483647}:title|text")]
    [InlineData("_e{99999999999999999999,4}:title|text")]
    [InlineData("_e{1,99999999999}:t|text")]
    [InlineData("_e{a,b}:title|text")]
    [InlineData("title:1|c")]
    public void TryParse_Malformed_Refused(string line) => Assert.Equal(StatsDStatus.BadEvent, StatsDEventParser.TryParse(Encoding.UTF8.GetBytes(line), out _));

    [Fact]
    public void TryParse_LengthCutsACharacter_Refused() =>
        Assert.Equal(StatsDStatus.BadUtf8, StatsDEventParser.TryParse([.. "_e{2,1}:a"u8, 0xC3, .. "|b"u8], out _));

    [Theory]
    [InlineData(@"a\nb", "a\nb")]
    [InlineData(@"\n\n", "\n\n")]
    [InlineData(@"a\tb\", @"a\tb\")]
    [InlineData(@"see m\: here", "see m: here")]
    [InlineData("", "")]
    public void Unescape_Text_Plain(string text, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = StatsDText.Unescape(bytes, bytes);
        Assert.Equal(expected, Encoding.UTF8.GetString(bytes, 0, length));
    }

    [Fact]
    public void ServiceCheck_DocumentedExample_TakenApart()
    {
        Assert.Equal(StatsDStatus.Ok, StatsDServiceCheckParser.TryParse("_sc|Redis connection|2|#env:dev|m:Redis connection timed out after 10s"u8, out StatsDServiceCheck result));
        Assert.Equal("Redis connection"u8, result.Name);
        Assert.Equal(2, result.Status);
        Assert.Equal("env:dev"u8, result.Tags);
        Assert.Equal("Redis connection timed out after 10s"u8, result.Message);

        Assert.Equal(StatsDStatus.Ok, StatsDServiceCheckParser.TryParse("_sc|agent.up|0|d:21|h:localhost|h:localhost2|d:22|c:x"u8, out result));
        Assert.Equal(22_000, result.TimestampMs);
        Assert.Equal("localhost2"u8, result.Host);
    }

    [Theory]
    [InlineData("_sc|", StatsDStatus.MissingName)]
    [InlineData("_sc||0", StatsDStatus.MissingName)]
    [InlineData("_sc|a", StatsDStatus.BadServiceCheck)]
    [InlineData("_sc|a|", StatsDStatus.BadServiceCheck)]
    [InlineData("_sc|a|4", StatsDStatus.BadServiceCheck)]
    [InlineData("_sc|a|00", StatsDStatus.BadServiceCheck)]
    [InlineData("_sc|a|-1", StatsDStatus.BadServiceCheck)]
    [InlineData("_sc|a\u0001|1", StatsDStatus.ControlCharacter)]
    [InlineData("_sc|a|1|m:\0", StatsDStatus.ControlCharacter)]
    [InlineData("_scx", StatsDStatus.BadServiceCheck)]
    public void ServiceCheck_Malformed_Refused(string line, StatsDStatus expected) =>
        Assert.Equal(expected, StatsDServiceCheckParser.TryParse(Encoding.UTF8.GetBytes(line), out _));
}
