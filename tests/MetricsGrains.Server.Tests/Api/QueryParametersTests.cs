using MetricsGrains.Core.Windows;
using MetricsGrains.Query;
using MetricsGrains.Server.Api;
using Microsoft.AspNetCore.Http;

namespace MetricsGrains.Server.Tests.Api;

public sealed class QueryParametersTests
{
    private static readonly ManualTime Now = new(DateTimeOffset.Parse("2026-04-17T09:30:00Z", System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("now", "2026-04-17T09:30:00Z")]
    [InlineData("now-15m", "2026-04-17T09:15:00Z")]
    [InlineData("now-7d", "2026-04-10T09:30:00Z")]
    [InlineData("1776416400000", "2026-04-17T09:00:00Z")]
    [InlineData("2026-04-17T09:00:00Z", "2026-04-17T09:00:00Z")]
    [InlineData("2026-04-17T11:00:00%2B02:00", "2026-04-17T09:00:00Z")]
    [InlineData("2026-04-17T11:00:00+02:00", "2026-04-17T09:00:00Z")]
    [InlineData("2026-04-17T05:00:00-04:00", "2026-04-17T09:00:00Z")]
    [InlineData("", "1970-01-01T00:00:00Z")]
    public void Time_InEveryForm_IsRead(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds(), Of($"?t={text}").Time("t", 0));

    [Theory]
    [InlineData("tomorrow")]
    [InlineData("now+1h")]
    [InlineData("now-1y")]
    [InlineData("now-")]
    [InlineData("2026-04-17")]
    [InlineData("2026-04-17T09:00:00")]
    [InlineData("09:00:00Z")]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    [InlineData("1e3")]
    public void Time_AnythingElse_NamesTheParameter(string text) =>
        Assert.Equal("t", Assert.Throws<QueryException>(() => Of($"?t={text}").Time("t", 0)).Parameter);

    [Fact]
    public void Filters_EveryForm_IsRead() =>
        Assert.Equal(
            [new TagFilter("region", TagMatch.Equal, "eu"), new TagFilter("host", TagMatch.NotEqual, "a*"), new TagFilter("path", TagMatch.Glob, "/api/*"), new TagFilter("url", TagMatch.Equal, "http://x"), new TagFilter("empty", TagMatch.Equal, "")],
            Of("?tags=region:eu, !host:a*,path:/api/*,url:http://x,empty:,").Filters("tags"));

    [Fact]
    public void Filters_EscapedComma_StaysInItsValue() =>
        Assert.Equal(
            [new TagFilter("k", TagMatch.Equal, "a,b"), new TagFilter("n", TagMatch.NotEqual, ",")],
            Of(@"?tags=k:a\,b,!n:\,").Filters("tags"));

    [Theory]
    [InlineData("region")]
    [InlineData(":eu")]
    [InlineData("!:eu")]
    [InlineData("a:b,c")]
    public void Filters_AnythingElse_NamesTheParameter(string text) =>
        Assert.Equal("tags", Assert.Throws<QueryException>(() => Of($"?tags={text}").Filters("tags")).Parameter);

    [Fact]
    public void Required_Missing_NamesTheParameter() => Assert.Equal("name", Assert.Throws<QueryException>(() => Of("").Required("name")).Parameter);

    [Theory]
    [InlineData("0")]
    [InlineData("1001")]
    [InlineData("-1")]
    [InlineData("+5")]
    [InlineData("5.5")]
    public void Limit_OutOfRange_NamesTheParameter(string text) => Assert.Equal("limit", Assert.Throws<QueryException>(() => Of($"?limit={Uri.EscapeDataString(text)}").Limit("limit", 100)).Parameter);

    [Fact]
    public void Defaults_WhereNothingIsSaid_AreTaken()
    {
        QueryParameters none = Of("");

        Assert.Equal((100, 60_000L, null), (none.Limit("limit", 100), none.Step("resolution", 60_000), none.Stat("stat")));
        Assert.Empty(none.Filters("tags"));
        Assert.Empty(none.List("by"));
        Assert.Equal(["a", "b"], Of("?by=a,%20b,,").List("by"));
    }

    private static QueryParameters Of(string query) => new(new DefaultHttpContext { Request = { QueryString = new QueryString(query) } }.Request, Now);
}
