using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Dashboard.Alerting;
using MetricsGrains.Testbed;

namespace MetricsGrains.Dashboard.Tests.Alerting;

public sealed class RuleEditorModelTests : IDisposable
{
    private static readonly RuleDraft s_draft = new() { Name = "Slow", Metric = "shop.latency", Threshold = "250", Channels = ["ops"] };

    private readonly FakeAlertGrains _grains = new();
    private readonly FakeAlertStore _store = new();
    private readonly FakePreviews _previews = new();
    private readonly FakeQueries _queries = new() { Metrics = { ["shop.latency"] = MetricKind.Distribution, ["shop.queue"] = MetricKind.Gauge } };
    private readonly ManualClock _clock = Sample.Clock();
    private readonly PreviewModel _preview;
    private readonly RuleEditorModel _model;

    public RuleEditorModelTests()
    {
        _preview = new PreviewModel(_previews, _clock);
        _model = new RuleEditorModel(_queries, _store, new RuleRegistry(_store, _grains, new AlertStandings(_clock, _grains), _clock), _preview);
        _store.Channels[Guid.Empty] = new Channel { Id = Guid.Empty, Name = "ops", Type = ChannelType.Slack };
    }

    public void Dispose() => _preview.Dispose();

    [Fact]
    public async Task SaveAsync_NewRule_IsStoredToldAndWrittenDown()
    {
        await _model.BeginAsync(s_draft, default);
        Assert.Equal(EditResult.Done, await _model.SaveAsync("ann", default));
        AlertRule rule = Assert.Single(await _store.ListRulesAsync(default));
        Assert.Equal(("Slow", 1, "ann", Sample.Now, Sample.Now, "p99"), (rule.Name, rule.Version, rule.UpdatedBy, rule.CreatedAtMs, rule.UpdatedAtMs, rule.Statistic.ToString()));
        Assert.Equal([$"reload {rule.Id}"], _grains.Calls);
        AlertEvent entry = Assert.Single(_store.Events);
        Assert.Equal((AlertEventKind.RuleCreated, "ann", rule.Id), (entry.Kind, entry.By, entry.RuleId));
        Assert.False(_model.IsDirty);
    }

    [Fact]
    public async Task SaveAsync_WithErrors_StoresNothingAndMarksThem()
    {
        await _model.BeginAsync(s_draft with { Threshold = "", Name = "" }, default);
        Assert.DoesNotContain(_model.Problems, p => !p.Warning);
        Assert.Null(await _model.SaveAsync("ann", default));
        Assert.Equal(["threshold", "name"], _model.Problems.Where(p => !p.Warning).Select(p => p.Field));
        Assert.Empty(_store.Rules);
    }

    [Fact]
    public async Task SaveAsync_SomebodyElseSaved_ShowsTheirsAndKeepsMine()
    {
        Guid id = await OpenSavedAsync();
        await _model.ChangeAsync(_model.Draft with { Threshold = "300" }, default);
        await SaveTheirsAsync(id, r => r with { WindowMinutes = 10 });
        Assert.Equal(EditResult.Conflict, await _model.SaveAsync("ann", default));
        Assert.Equal((10, "ben"), (_model.Theirs!.WindowMinutes, _model.Theirs.UpdatedBy));
        Assert.Equal("300", _model.Draft.Threshold);

        _model.KeepMine();
        Assert.Equal(EditResult.Done, await _model.SaveAsync("ann", default));
        AlertRule stored = (await _store.FindRuleAsync(id, default))!;
        Assert.Equal((3, 300d, 5), (stored.Version, stored.Threshold, stored.WindowMinutes));
        Assert.Equal(3, _model.Versions.Count);
        Assert.Contains("threshold 250 → 300", _store.Events[^1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_OnConflict_LoadsTheirs()
    {
        Guid id = await OpenSavedAsync();
        await _model.ChangeAsync(_model.Draft with { Threshold = "300" }, default);
        await SaveTheirsAsync(id, r => r with { WindowMinutes = 10 });
        await _model.SaveAsync("ann", default);
        await _model.OpenAsync(id, default);
        Assert.Null(_model.Theirs);
        Assert.Equal(("250", "10m"), (_model.Draft.Threshold, _model.Draft.Window));
        Assert.False(_model.IsDirty);
    }

    [Fact]
    public async Task TickAsync_SomebodyElseSaved_SaysSoBeforeAnythingIsSaved()
    {
        Guid id = await OpenSavedAsync();
        await SaveTheirsAsync(id, r => r with { WindowMinutes = 10 });
        _grains.Put((await _store.FindRuleAsync(id, default))!);
        Assert.True(await _model.TickAsync(await new AlertStandings(_clock, _grains).ReadAsync(default), Sample.Now, default));
        Assert.Equal(10, _model.Theirs!.WindowMinutes);
    }

    [Fact]
    public async Task SaveAsync_NameThatIsTaken_IsSaidAtTheName()
    {
        await OpenSavedAsync();
        await _model.BeginAsync(s_draft with { Name = "SLOW" }, default);
        Assert.Equal(EditResult.NameTaken, await _model.SaveAsync("", default));
        Assert.Equal("name", Assert.Single(_model.Problems).Field);
    }

    [Fact]
    public async Task SaveAsync_DeletedMeanwhile_CanBeMadeAnew()
    {
        Guid id = await OpenSavedAsync();
        await _store.DeleteRuleAsync(id, null, new AlertEvent { AtMs = 1, Kind = AlertEventKind.RuleDeleted }, default);
        await _model.ChangeAsync(_model.Draft with { Threshold = "300" }, default);
        Assert.Equal(EditResult.NotFound, await _model.SaveAsync("ann", default));
        Assert.Null(_model.Saved);
        Assert.Equal(EditResult.Done, await _model.SaveAsync("ann", default));
        Assert.Equal(300, Assert.Single(await _store.ListRulesAsync(default)).Threshold);
    }

    [Fact]
    public async Task ChangeAsync_MetricThatIsNotThere_IsAWarningUntilItComes()
    {
        await _model.BeginAsync(s_draft with { Metric = "to.come" }, default);
        FieldProblem problem = Assert.Single(_model.Problems);
        Assert.Equal(("metric_name", true), (problem.Field, problem.Warning));
        _queries.Metrics["to.come"] = MetricKind.Gauge;
        Assert.True(await _model.TickAsync(AlertSnapshot.Empty, Sample.Now, default));
        Assert.Empty(_model.Problems);
        Assert.Equal("avg", _model.Rule.Statistic.ToString());
        Assert.Equal(EditResult.Done, await _model.SaveAsync("", default));
    }

    [Fact]
    public async Task ChangeAsync_StatisticTheMetricDoesNotHave_IsAnErrorThatNamesWhatItHas()
    {
        await _model.BeginAsync(s_draft, default);
        await _model.ChangeAsync(s_draft with { Metric = "shop.queue", Statistic = new(Core.Windows.StatisticKind.Percentile, 0.99) }, default);
        FieldProblem problem = Assert.Single(_model.Problems);
        Assert.Equal("statistic", problem.Field);
        Assert.Contains("avg", problem.Message, StringComparison.Ordinal);
        Assert.Null(await _model.SaveAsync("", default));
    }

    [Fact]
    public async Task ChangeAsync_ChannelThatIsGone_IsAWarning()
    {
        await _model.BeginAsync(s_draft with { Channels = ["gone"] }, default);
        Assert.Equal(("channels", true), (Assert.Single(_model.Problems).Field, _model.Problems[0].Warning));
    }

    [Fact]
    public async Task ChangeAsync_WhileTyping_ThePreviewFollows()
    {
        _previews.Series.Add(Sample.Series(null, 300, 300, 100));
        await _model.BeginAsync(s_draft, default);
        await SettleAsync();
        Assert.Equal(1, _preview.Preview!.TotalFirings);
        await _model.ChangeAsync(s_draft with { Threshold = "500" }, default);
        await SettleAsync();
        Assert.Equal(0, _preview.Preview.TotalFirings);
        // No threshold yet: the chart is there all the same, to see what is usual.
        await _model.ChangeAsync(s_draft with { Threshold = "" }, default);
        await SettleAsync();
        Assert.Single(_preview.Feed.Series);
        await _model.ChangeAsync(s_draft with { Window = "a while" }, default);
        Assert.Null(_preview.Preview);
    }

    private Task SettleAsync()
    {
        _clock.Advance(PreviewModel.Debounce);
        return Poll.UntilAsync(() => !_preview.IsRunning);
    }

    private async Task<Guid> OpenSavedAsync()
    {
        await _model.BeginAsync(s_draft, default);
        await _model.SaveAsync("ann", default);
        return _model.Saved!.Id;
    }

    private async Task SaveTheirsAsync(Guid id, Func<AlertRule, AlertRule> edit)
    {
        AlertRule stored = (await _store.FindRuleAsync(id, default))!;
        await _store.SaveRuleAsync(edit(stored) with { Version = stored.Version + 1, UpdatedBy = "ben" }, new AlertEvent { AtMs = 1, Kind = AlertEventKind.RuleEdited }, default);
    }
}
