using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

public sealed class AlertMatcherTextTests
{
    [Theory]
    [InlineData("env=prod", "env", MatchOperator.Equal, "prod")]
    [InlineData(" env != prod ", "env", MatchOperator.NotEqual, "prod")]
    [InlineData("env=~pr.*|st=x", "env", MatchOperator.Regex, "pr.*|st=x")]
    [InlineData("env!~\"a b\"", "env", MatchOperator.NotRegex, "a b")]
    [InlineData("env=", "env", MatchOperator.Equal, "")]
    [InlineData("\"odd=key\"=\"say \\\"hi\\\"\\n\\\\\"", "odd=key", MatchOperator.Equal, "say \"hi\"\n\\")]
    public void TryParse_EveryForm_IsRead(string text, string label, MatchOperator @operator, string value)
    {
        Assert.True(AlertMatcherText.TryParse(text, out AlertMatcher? matcher, out string problem), problem);
        Assert.Equal(new AlertMatcher(label, @operator, value), matcher);
    }

    [Theory]
    [InlineData("")]
    [InlineData("env")]
    [InlineData("=x")]
    [InlineData("\"\"=x")]
    [InlineData("env!x")]
    [InlineData("env=\"open")]
    [InlineData("env=\"a\"b")]
    public void TryParse_WhatIsNone_IsRefused(string text)
    {
        Assert.False(AlertMatcherText.TryParse(text, out AlertMatcher? matcher, out string problem));
        Assert.Null(matcher);
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void Format_AnyMatcher_IsReadBackTheSame()
    {
        const int seed = 11;
        var random = new Random(seed);
        const string letters = "ab=!~\"\\ \n,{}é";
        for (int round = 0; round < 20_000; round++)
        {
            string Text(int least) => new([.. Enumerable.Range(0, random.Next(least, 6)).Select(_ => letters[random.Next(letters.Length)])]);
            var matcher = new AlertMatcher(Text(1), (MatchOperator)random.Next(1, 5), Text(0));
            string text = AlertMatcherText.Format(matcher);
            Check.That(AlertMatcherText.TryParse(text, out AlertMatcher? read, out _) && read == matcher, $"seed {seed}, round {round}: {matcher} as {text} became {read}");
        }
    }
}
