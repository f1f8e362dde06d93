using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Dashboard.Alerting;
using MetricsGrains.Testbed;

namespace MetricsGrains.Dashboard.Tests.Alerting;

public class SilenceTests
{
    private static readonly SilenceDraft s_draft = new() { Matchers = "alertname=Slow\nregion=~e.", By = "ann", Comment = "deploy" };

    private readonly FakeAlertGrains _grains = new();
    private readonly FakeAlertStore _store = new();
    private readonly ManualClock _clock = Sample.Clock();
    private readonly SilenceModel _model;

    public SilenceTests()
    {
        _grains.Put(Sample.Rule("Slow"), Sample.Instance(AlertPhase.Firing, "eu"), Sample.Instance(AlertPhase.Inactive, "es"), Sample.Instance(AlertPhase.Firing, "us"));
        _model = new SilenceModel(_store, new AlertStandings(_clock, _grains), _clock);
    }

    [Fact]
    public void ToSilence_MatchersAndLength_BeginNow()
    {
        Silence silence = s_draft.ToSilence(Guid.NewGuid(), Sample.Now, out IReadOnlyList<FieldProblem> problems);
        Assert.Empty(problems);
        Assert.Equal([new("alertname", MatchOperator.Equal, "Slow"), new AlertMatcher("region", MatchOperator.Regex, "e.")], silence.Matchers);
        Assert.Equal((Sample.Now, Sample.Now + 7_200_000, (Recurrence?)null), (silence.FromMs, silence.ToMs, silence.Recurrence));
    }

    [Fact]
    public void ToSilence_Recurring_HasItsWindows()
    {
        SilenceDraft draft = s_draft with { Recurs = true, Days = [DayOfWeek.Sunday, DayOfWeek.Monday], Start = "22:30", WindowLength = "90m", TimeZone = "Europe/Berlin", Length = TimeSpan.FromDays(365) };
        Silence silence = draft.ToSilence(Guid.NewGuid(), Sample.Now, out IReadOnlyList<FieldProblem> problems);
        Assert.Empty(problems);
        Assert.Equal("Mon, Sun from 22:30 for 1h30m (Europe/Berlin)", SilenceText.Of(silence.Recurrence!));
    }

    [Theory]
    [InlineData("no operator", "matchers")]
    [InlineData("", "matchers")]
    [InlineData("region=~(", "matchers[0]")]
    public void ToSilence_MatchersThatSayNothing_AreNamed(string matchers, string field)
    {
        (s_draft with { Matchers = matchers }).ToSilence(Guid.NewGuid(), Sample.Now, out IReadOnlyList<FieldProblem> problems);
        Assert.Equal(field, Assert.Single(problems).Field);
    }

    [Fact]
    public void ToSilence_MatcherThatMatchesEverything_IsAWarningOnly()
    {
        (s_draft with { Matchers = "region=~.*" }).ToSilence(Guid.NewGuid(), Sample.Now, out IReadOnlyList<FieldProblem> problems);
        Assert.True(Assert.Single(problems).Warning);
    }

    [Fact]
    public void ToSilence_BadRecurrence_NamesEachPart()
    {
        SilenceDraft draft = s_draft with { Recurs = true, Start = "late", WindowLength = "long", TimeZone = "Mars/Olympus" };
        draft.ToSilence(Guid.NewGuid(), Sample.Now, out IReadOnlyList<FieldProblem> problems);
        Assert.Equal(["recurrence.start", "recurrence.length", "recurrence.days", "recurrence.time_zone"], problems.Select(p => p.Field));
    }

    [Fact]
    public async Task Change_Matchers_ShowsWhatTheyMatchNow()
    {
        await _model.UpdateAsync(default);
        _model.Begin(s_draft);
        Assert.Equal((1, 1, 3), (_model.Match.Alerting.Count, _model.Match.Others, _model.Match.Total));
        Assert.Equal("region:eu", _model.Match.Alerting[0].Instance.Tags.ToString());
        _model.Change(s_draft with { Matchers = "region=~(" });
        Assert.False(_model.CanMatch);
        Assert.Equal("matchers[0]", Assert.Single(_model.Problems).Field);
    }

    [Fact]
    public async Task SaveAsync_ThenExpire_MovesItFromActiveToOver()
    {
        await _model.UpdateAsync(default);
        _model.Begin(s_draft);
        Assert.Equal(EditResult.Done, await _model.SaveAsync(default));
        Silence active = Assert.Single(_model.Active);
        Assert.Equal((AlertEventKind.SilenceCreated, "ann"), (_store.Events[0].Kind, _store.Events[0].By));

        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(EditResult.Done, await _model.ExpireAsync(active, "ben", default));
        Assert.Empty(_model.Active);
        Assert.Equal(_clock.NowMs, Assert.Single(_model.Expired).ToMs);
        Assert.Equal((AlertEventKind.SilenceExpired, "ben"), (_store.Events[1].Kind, _store.Events[1].By));
    }

    [Fact]
    public async Task ExpireAsync_NotYetBegun_NeverBegins()
    {
        _model.Begin(s_draft with { FromMs = Sample.Now + 3_600_000 });
        await _model.SaveAsync(default);
        await _model.ExpireAsync(Assert.Single(_model.Upcoming), "ben", default);
        Assert.Empty(_model.Upcoming);
        Assert.False(Assert.Single(_model.Expired).IsActive(Sample.Now + 3_700_000));
    }

    [Fact]
    public async Task SaveAsync_WithoutWhoAndWhy_SavesNothing()
    {
        _model.Begin(s_draft with { By = "", Comment = " " });
        Assert.Empty(_model.Problems);
        Assert.Null(await _model.SaveAsync(default));
        Assert.Equal(["created_by", "comment"], _model.Problems.Select(p => p.Field));
        Assert.Empty(_store.Silences);
    }

    [Fact]
    public void Link_OfAnInstance_IsReadBackAsItsSilence()
    {
        string link = AlertLinks.Silence(Sample.Rule("a=b & \"c\""), Core.Model.TagSet.Of(("path", "/x y?z=1"), ("region", "~eu")));
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(link[link.IndexOf('?', StringComparison.Ordinal)..]);
        Silence silence = (SilenceDraft.For(query["matcher"]) with { By = "a", Comment = "b" }).ToSilence(Guid.NewGuid(), Sample.Now, out IReadOnlyList<FieldProblem> problems);
        Assert.Empty(problems);
        Assert.Equal([new("alertname", MatchOperator.Equal, "a=b & \"c\""), new("path", MatchOperator.Equal, "/x y?z=1"), new AlertMatcher("region", MatchOperator.Equal, "~eu")], silence.Matchers);
    }
}
