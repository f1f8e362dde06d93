using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

public sealed class SilenceMatchingTests
{
    [Theory]
    [InlineData("env=prod", true)]
    [InlineData("env=dev", false)]
    [InlineData("env!=dev", true)]
    [InlineData("env=~pr.*", true)]
    [InlineData("env=~pr", false)]
    [InlineData("env!~pr.*", false)]
    [InlineData("env!~dev|stag.*", true)]
    [InlineData("rack=", true)]
    [InlineData("rack!=", false)]
    [InlineData("rack=~.+", false)]
    [InlineData("severity=warning", true)]
    [InlineData("severity=fake", false)]
    [InlineData("alertname=\"CPU is hot\"", true)]
    [InlineData("alertname=CPU is hot", true)]
    [InlineData("metric=cpu", true)]
    [InlineData("owner=platform", true)]
    [InlineData("rule_id=11111111-2222-3333-4444-555555555555", true)]
    [InlineData("env=~(", false)]
    [InlineData("env!~(", false)]
    public void Matches_OneMatcher_ComparesTheWholeValue(string matcher, bool expected) =>
        Assert.Equal(expected, SilenceMatching.Matches(Silence(matcher), AlertLabels.Of(SomeRule.Notice(("env", "prod"), ("severity", "fake")))));

    [Fact]
    public void Matches_SeveralMatchers_AllMustHold()
    {
        IReadOnlyDictionary<string, string> labels = AlertLabels.Of(SomeRule.Notice(("env", "prod"), ("host", "a\nb")));
        Assert.True(SilenceMatching.Matches(Silence("env=prod", "severity=warning"), labels));
        Assert.False(SilenceMatching.Matches(Silence("env=prod", "severity=critical"), labels));
        Assert.False(SilenceMatching.Matches(Silence("host=~a"), labels));
        Assert.False(SilenceMatching.Matches(Silence() with { Matchers = [] }, labels));
    }

    [Fact]
    public void Check_SoundSilence_HasNoProblems() => Assert.Empty(SilenceMatching.Check(Silence("env=prod") with
    {
        Recurrence = new Recurrence([DayOfWeek.Sunday], new TimeOnly(2, 0), TimeSpan.FromHours(2), "UTC"),
    }));

    [Theory]
    [InlineData("severity=~.*")]
    [InlineData("alertname=~.+|")]
    [InlineData("env!=nosuch")]
    [InlineData("a!~x.")]
    public void Check_MatchesEverything_Warns(string matcher)
    {
        FieldProblem problem = Assert.Single(SilenceMatching.Check(Silence(matcher)));
        Assert.True(problem is { Field: "matchers", Warning: true });
        Assert.Empty(SilenceMatching.Check(Silence(matcher, "env=prod")));
    }

    [Fact]
    public void Check_WhatCanNotBeSaved_NamesItsField()
    {
        Silence sound = Silence("env=prod");
        Assert.Equal(["matchers"], Fields(sound with { Matchers = [] }));
        Assert.Equal(["matchers[1]"], Fields(sound with { Matchers = [sound.Matchers[0], new AlertMatcher("a", MatchOperator.Regex, "(")] }));
        Assert.Equal(["matchers[0]"], Fields(sound with { Matchers = [new AlertMatcher("a", MatchOperator.Regex, "(?=x)y")] }));
        Assert.Equal(["matchers[0]"], Fields(sound with { Matchers = [new AlertMatcher("", MatchOperator.Equal, "x")] }));
        Assert.Equal(["to"], Fields(sound with { ToMs = sound.FromMs }));
        Assert.Equal(["created_by", "comment"], Fields(sound with { CreatedBy = "", Comment = " " }));
        Assert.Equal(
            ["recurrence.days", "recurrence.length", "recurrence.time_zone"],
            Fields(sound with { Recurrence = new Recurrence([], new TimeOnly(2, 0), TimeSpan.Zero, "Mars/Olympus") }));
    }

    [Fact]
    public void Matches_ExpressionThatWouldExplode_EndsSoon()
    {
        Silence silence = Silence("env=~(a+)+b|(x*x*x*)*y");
        Assert.False(SilenceMatching.Matches(silence, AlertLabels.Of(SomeRule.Notice(("env", new string('a', 1_000))))));
    }

    private static IEnumerable<string> Fields(Silence silence) => SilenceMatching.Check(silence).Where(p => !p.Warning).Select(p => p.Field);

    private static Silence Silence(params string[] matchers) => new()
    {
        Id = Guid.NewGuid(),
        Matchers = [.. matchers.Select(Matcher)],
        FromMs = 1,
        ToMs = 2,
        CreatedBy = "ann",
        Comment = "known",
    };

    private static AlertMatcher Matcher(string text)
    {
        Assert.True(AlertMatcherText.TryParse(text, out AlertMatcher? matcher, out string problem), problem);
        return matcher;
    }
}
