using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Dashboard.Alerting;
using MetricsGrains.Testbed;

namespace MetricsGrains.Dashboard.Tests.Alerting;

public class AlertBoardModelTests
{
    private readonly FakeAlertGrains _grains = new();
    private readonly FakeAlertStore _store = new();
    private readonly FakeQueries _queries = new() { Metrics = { ["shop.latency"] = MetricKind.Distribution } };
    private readonly ManualClock _clock = Sample.Clock();
    private readonly AlertStandings _standings;
    private readonly AlertBoardModel _model;

    public AlertBoardModelTests()
    {
        _standings = new AlertStandings(_clock, _grains);
        _model = new AlertBoardModel(_standings, _store, _queries);
    }

    [Theory]
    [InlineData(AlertPhase.Firing, AlertPhase.Firing, AlertSection.Firing)]
    [InlineData(AlertPhase.Pending, AlertPhase.Pending, AlertSection.Pending)]
    [InlineData(AlertPhase.NoData, AlertPhase.NoData, AlertSection.NoData)]
    [InlineData(AlertPhase.Error, AlertPhase.Inactive, AlertSection.Error)]
    [InlineData(AlertPhase.Error, AlertPhase.Firing, AlertSection.Firing)]
    [InlineData(AlertPhase.Muted, AlertPhase.Firing, AlertSection.Muted)]
    [InlineData(AlertPhase.Resolved, AlertPhase.Resolved, AlertSection.Resolved)]
    public async Task UpdateAsync_EachPhase_IsInItsSection(AlertPhase phase, AlertPhase held, AlertSection section)
    {
        _grains.Put(Sample.Rule("a"), Sample.Instance(phase, "eu", held));
        await _model.UpdateAsync(Sample.Now, default);
        Assert.All(Enum.GetValues<AlertSection>(), s => Assert.Equal(s == section ? 1 : 0, _model.CountOf(s)));
    }

    [Theory]
    [InlineData(AlertPhase.Inactive, AlertPhase.Inactive)]
    [InlineData(AlertPhase.Muted, AlertPhase.Inactive)]
    public async Task UpdateAsync_WhatIsWell_IsNotShown(AlertPhase phase, AlertPhase held)
    {
        _grains.Put(Sample.Rule("a"), Sample.Instance(phase, "eu", held));
        await _model.UpdateAsync(Sample.Now, default);
        Assert.All(Enum.GetValues<AlertSection>(), s => Assert.Equal(0, _model.CountOf(s)));
    }

    [Fact]
    public async Task UpdateAsync_SeveralSeverities_AreInOrder()
    {
        _grains.Put(Sample.Rule("info", AlertSeverity.Info), Sample.Instance(AlertPhase.Firing));
        _grains.Put(Sample.Rule("warning"), Sample.Instance(AlertPhase.Firing, "us"), Sample.Instance(AlertPhase.Firing, "eu"));
        _grains.Put(Sample.Rule("critical", AlertSeverity.Critical), Sample.Instance(AlertPhase.Firing));
        await _model.UpdateAsync(Sample.Now, default);
        Assert.Equal(["critical/", "warning/region:eu", "warning/region:us", "info/"], _model.Of(AlertSection.Firing).Select(r => $"{r.Rule.Name}/{r.Tags}"));
    }

    [Theory]
    [InlineData(true, AlertPhase.Inactive, 1)]
    [InlineData(true, AlertPhase.NoData, 0)]
    [InlineData(false, AlertPhase.Inactive, 0)]
    public async Task UpdateAsync_RuleWhoseMetricWasNeverReceived_WaitsAndIsNoError(bool enabled, AlertPhase phase, int waiting)
    {
        AlertRule rule = Sample.Rule("early", metric: "not.yet") with { Enabled = enabled };
        _grains.Put(new AlertRuleStanding(rule, AlertRuleState.New(rule.Id) with { Instances = [Sample.Instance(phase)] }, Sample.Now, AlertRuleStanding.WaitingProblem(rule)));
        await _model.UpdateAsync(Sample.Now, default);
        Assert.Equal((waiting, 0), (_model.CountOf(AlertSection.Waiting), _model.CountOf(AlertSection.Error)));
        Assert.All(_model.Of(AlertSection.Waiting), r => Assert.Contains("first sample of not.yet", r.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task UpdateAsync_RuleThatFailsWithoutInstances_IsAnError()
    {
        AlertRule rule = Sample.Rule("broken");
        _grains.Put(new AlertRuleStanding(rule, AlertRuleState.New(rule.Id), Sample.Now, "p99 can't be made of a gauge"));
        await _model.UpdateAsync(Sample.Now, default);
        AlertRow row = Assert.Single(_model.Of(AlertSection.Error));
        Assert.Null(row.Instance);
        Assert.Equal("p99 can't be made of a gauge", row.Detail);
    }

    [Fact]
    public async Task UpdateAsync_NothingChanged_KeepsRowsAndSaysSo()
    {
        _grains.Put(Sample.Rule("a"), Sample.Instance(AlertPhase.Firing, "eu"));
        Assert.True(await _model.UpdateAsync(Sample.Now, default));
        AlertRow row = Assert.Single(_model.Of(AlertSection.Firing));
        _standings.Expire();
        Assert.False(await _model.UpdateAsync(Sample.Now, default));
        Assert.Same(row, Assert.Single(_model.Of(AlertSection.Firing)));

        _grains.Put(Sample.Rule("a"), Sample.Instance(AlertPhase.Firing, "eu", value: 500));
        _standings.Expire();
        Assert.True(await _model.UpdateAsync(Sample.Now, default));
        Assert.Equal("500", row.ValueText);
    }

    [Fact]
    public async Task UpdateAsync_ActiveSilenceThatMatches_IsNamedAtTheAlert()
    {
        _grains.Put(Sample.Rule("a"), Sample.Instance(AlertPhase.Firing, "eu"), Sample.Instance(AlertPhase.Firing, "us"));
        var silence = new Silence { Id = Guid.NewGuid(), Matchers = [new("region", MatchOperator.Equal, "eu")], FromMs = Sample.Now - 1, ToMs = Sample.Now + 1000, CreatedBy = "ann", Comment = "deploy" };
        var later = silence with { Id = Guid.NewGuid(), Matchers = [new("region", MatchOperator.Equal, "us")], FromMs = Sample.Now + 500 };
        (_store.Silences[silence.Id], _store.Silences[later.Id]) = (silence, later);
        await _model.UpdateAsync(Sample.Now, default);
        Assert.Equal([silence, null], _model.Of(AlertSection.Firing).Select(r => r.Silence));
    }

    [Fact]
    public async Task SearchFor_PartOfATag_LeavesOthersOut()
    {
        _grains.Put(Sample.Rule("a"), Sample.Instance(AlertPhase.Firing, "eu"), Sample.Instance(AlertPhase.Firing, "us"));
        await _model.UpdateAsync(Sample.Now, default);
        _model.SearchFor("region:u");
        Assert.Equal("region:us", Assert.Single(_model.Of(AlertSection.Firing)).Tags.ToString());
    }

    [Fact]
    public async Task UpdateAsync_MoreThanAPageHolds_CountsThemAll()
    {
        _grains.Put(Sample.Rule("a"), [.. Enumerable.Range(0, AlertBoardModel.MaxShown + 7).Select(i => Sample.Instance(AlertPhase.Firing, $"r{i}"))]);
        await _model.UpdateAsync(Sample.Now, default);
        Assert.Equal((AlertBoardModel.MaxShown, AlertBoardModel.MaxShown + 7), (_model.Of(AlertSection.Firing).Count, _model.CountOf(AlertSection.Firing)));
    }

    [Fact]
    public async Task UpdateLinesAsync_Row_AsksForItsInstanceAndKnowsTheUnit()
    {
        AlertRule rule = Sample.Rule("a") with { TagFilter = [new("region", Core.Windows.TagMatch.Glob, "e*"), new("env", Core.Windows.TagMatch.NotEqual, "dev")] };
        _grains.Put(rule, Sample.Instance(AlertPhase.Firing, "eu"));
        await _model.UpdateAsync(Sample.Now, default);
        Assert.True(await _model.UpdateLinesAsync(Sample.Now, default));
        // The glob would let in what the instance's own value shuts out.
        Assert.Equal(["!env:dev", "region:eu"], _queries.Asked[0].Filters.Select(Exploring.FilterText.Format));
        Assert.Equal("431 ms", _model.Of(AlertSection.Firing)[0].ValueText);
        Assert.False(await _model.UpdateLinesAsync(Sample.Now + 1000, default));
    }

    [Fact]
    public async Task UpdateLinesAsync_MetricThatIsGone_ShowsTheAlertWithoutALine()
    {
        AlertRule rule = Sample.Rule("silent", metric: "gone") with { Type = AlertRuleType.DeadMan };
        _grains.Put(rule, Sample.Instance(AlertPhase.Firing, "eu", value: 600));
        await _model.UpdateAsync(Sample.Now, default);
        await _model.UpdateLinesAsync(Sample.Now, default);
        Assert.Equal("silent for 10 min", Assert.Single(_model.Of(AlertSection.Firing)).ValueText);
    }
}
