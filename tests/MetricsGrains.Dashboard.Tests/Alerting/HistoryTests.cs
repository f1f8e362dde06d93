using MetricsGrains.Core.Alerting;
using MetricsGrains.Dashboard.Alerting;
using MetricsGrains.Dashboard.Exploring;
using MetricsGrains.Query;

namespace MetricsGrains.Dashboard.Tests.Alerting;

public class HistoryTests
{
    private static readonly AlertRule s_rule = Sample.Rule("Slow");

    private readonly FakeAlertStore _store = new();

    [Fact]
    public void Filter_ToQueryAndBack_IsTheSame()
    {
        var filter = new HistoryFilter(s_rule.Id, "path:/a b&c,region:eu", ["states", "people"], TimeRange.Between(1_795_000_000_000, 1_795_000_900_000));
        var again = HistoryFilter.Parse(filter.ToQuery());
        Assert.Equal((filter.RuleId, filter.Instance, filter.Range), (again.RuleId, again.Instance, again.Range));
        Assert.Equal(filter.Kinds, again.Kinds);
    }

    [Theory]
    [InlineData("?rule=nonsense&kinds=what&range=soon")]
    [InlineData("?from=5&to=4")]
    [InlineData("")]
    public void Parse_WhatCantBeRead_KeepsTheDefault(string query)
    {
        var filter = HistoryFilter.Parse(query);
        Assert.Equal((null, null, HistoryFilter.Default.Range), (filter.RuleId, filter.Instance, filter.Range));
        Assert.Empty(filter.Kinds);
    }

    [Fact]
    public void Kinds_EveryKindOfEvent_IsInOneGroup()
    {
        AlertEventKind[] grouped = [.. HistoryKinds.All.SelectMany(k => k.Kinds)];
        Assert.Equal(Enum.GetValues<AlertEventKind>().Order(), grouped.Order());
    }

    [Fact]
    public async Task OlderAsync_MoreThanAPage_GoesBackAndForth()
    {
        await _store.AppendEventsAsync([.. Enumerable.Range(0, HistoryModel.PageSize + 20).Select(i => Event(Sample.Now - 10_000 + i, AlertEventKind.StateChanged))], default);
        var model = new HistoryModel(_store);
        await model.ShowAsync(HistoryFilter.Default, Sample.Now, default);
        Assert.Equal((HistoryModel.PageSize, true, false), (model.Events.Count, model.HasOlder, model.HasNewer));
        await model.OlderAsync(Sample.Now, default);
        Assert.Equal((20, false, true), (model.Events.Count, model.HasOlder, model.HasNewer));
        await model.NewerAsync(Sample.Now, default);
        Assert.Equal(HistoryModel.PageSize + 20, model.Events[0].Id);
    }

    [Fact]
    public async Task TickAsync_NewEvent_ComesOnTheFirstPageOnly()
    {
        await _store.AppendEventsAsync([.. Enumerable.Range(0, HistoryModel.PageSize + 1).Select(i => Event(Sample.Now - 10_000 + i, AlertEventKind.StateChanged))], default);
        var model = new HistoryModel(_store);
        await model.ShowAsync(HistoryFilter.Default, Sample.Now, default);
        await _store.AppendEventsAsync([Event(Sample.Now, AlertEventKind.Acknowledged)], default);
        Assert.True(await model.TickAsync(Sample.Now + 5_000, default));
        Assert.Equal(AlertEventKind.Acknowledged, model.Events[0].Kind);
        await model.OlderAsync(Sample.Now + 5_000, default);
        Assert.False(await model.TickAsync(Sample.Now + 10_000, default));
    }

    [Fact]
    public async Task ShowAsync_Kinds_AsksForTheirEvents()
    {
        await _store.AppendEventsAsync([Event(Sample.Now - 2, AlertEventKind.StateChanged), Event(Sample.Now - 1, AlertEventKind.NotificationDead)], default);
        var model = new HistoryModel(_store);
        await model.ShowAsync(HistoryFilter.Default with { Kinds = ["failed"] }, Sample.Now, default);
        Assert.Equal(AlertEventKind.NotificationDead, Assert.Single(model.Events).Kind);
    }

    [Fact]
    public async Task AskAsync_MutedRule_AnswersInWords()
    {
        _store.Put(s_rule);
        await _store.AppendEventsAsync(
        [
            Event(Sample.Now - 60_000, AlertEventKind.StateChanged) with { Instance = "region:eu", From = AlertPhase.Inactive, To = AlertPhase.Firing, Value = 400 },
            Event(Sample.Now - 59_000, AlertEventKind.NotificationSuppressed) with { Instance = "region:eu", Suppression = SuppressionReason.Silence, By = "ann", Detail = "deploy", ChannelName = "ops" },
        ], default);
        ExplanationModel model = Explanation();
        await model.ChooseAsync("slow", default);
        model.AtMs = Sample.Now;
        await model.AskAsync(default);
        Assert.Equal("", model.Problem);
        Assert.Contains("silence", model.Answer!.Summary, StringComparison.OrdinalIgnoreCase);
        Assert.True(model.Answer.Steps.Count >= 2);
    }

    [Fact]
    public async Task AskAsync_WithoutRuleOrTime_SaysWhatIsMissing()
    {
        ExplanationModel model = Explanation();
        await model.AskAsync(default);
        Assert.Equal("Which rule should have paged?", model.Problem);
        await model.ChooseAsync("nobody knows it", default);
        Assert.Contains("nobody knows it", model.Problem, StringComparison.Ordinal);
        _store.Put(s_rule);
        await model.ChooseAsync(s_rule.Id, default);
        await model.AskAsync(default);
        Assert.Equal("At what time?", model.Problem);
    }

    [Fact]
    public async Task AskAsync_DeletedRule_IsStillAnswered()
    {
        _store.Put(s_rule with { CreatedAtMs = Sample.Now - 3_600_000, UpdatedAtMs = Sample.Now - 3_600_000 });
        await _store.DeleteRuleAsync(s_rule.Id, null, Event(Sample.Now, AlertEventKind.RuleDeleted), default);
        ExplanationModel model = Explanation();
        await model.ChooseAsync(s_rule.Id, default);
        Assert.Equal("Slow", model.RuleName);
        model.AtMs = Sample.Now;
        await model.AskAsync(default);
        Assert.NotEqual("", model.Answer!.Summary);
    }

    private ExplanationModel Explanation()
    {
        var grains = new FakeAlertGrains();
        return new ExplanationModel(_store, new AlertExplanations(_store, grains, new FakePreviews()), new AlertStandings(Sample.Clock(), grains));
    }

    private static AlertEvent Event(long at, AlertEventKind kind) => new() { AtMs = at, Kind = kind, RuleId = s_rule.Id, RuleName = s_rule.Name };
}
