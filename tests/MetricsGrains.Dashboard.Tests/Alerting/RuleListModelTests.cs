using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Dashboard.Alerting;

namespace MetricsGrains.Dashboard.Tests.Alerting;

public class RuleListModelTests
{
    private readonly FakeAlertGrains _grains = new();

    [Fact]
    public async Task UpdateAsync_Rules_AreGravestFirstAndOffLast()
    {
        _grains.Put(Sample.Rule("b well"), Sample.Instance(AlertPhase.Inactive));
        _grains.Put(Sample.Rule("a off") with { Enabled = false });
        _grains.Put(Sample.Rule("c pending"), Sample.Instance(AlertPhase.Inactive, "eu"), Sample.Instance(AlertPhase.Pending, "us"));
        _grains.Put(Sample.Rule("d fires"), Sample.Instance(AlertPhase.Firing));
        AlertRule broken = Sample.Rule("e broken");
        _grains.Put(new AlertRuleStanding(broken, AlertRuleState.New(broken.Id), 0, "no"));
        AlertRule waiting = Sample.Rule("f waits");
        _grains.Put(new AlertRuleStanding(waiting, AlertRuleState.New(waiting.Id), 0, AlertRuleStanding.WaitingProblem(waiting)));
        RuleListModel model = await LoadAsync();
        Assert.Equal(["d fires", "e broken", "c pending", "b well", "f waits", "a off"], model.Rows.Select(r => r.Rule.Name));
        Assert.Equal([AlertPhase.Pending, AlertPhase.Inactive], model.Rows[2].Phases.Select(p => p.Key));
    }

    [Fact]
    public async Task SearchFor_NameMetricOrOwner_Narrows()
    {
        _grains.Put(Sample.Rule("one", metric: "shop.orders"));
        _grains.Put(Sample.Rule("two") with { Owner = "Orders team" });
        _grains.Put(Sample.Rule("three"));
        RuleListModel model = await LoadAsync();
        model.SearchFor("order");
        Assert.Equal(["one", "two"], model.Rows.Select(r => r.Rule.Name));
        Assert.Equal((2, 3), (model.Matching, model.Total));
    }

    [Fact]
    public async Task Turn_ManyRules_GoesByPagesAndASearchBackToTheFirst()
    {
        for (int i = 0; i < RuleListModel.PageSize + 10; i++)
        {
            _grains.Put(Sample.Rule($"rule {i:000}"));
        }
        RuleListModel model = await LoadAsync();
        Assert.True(model.HasNext);
        model.Turn(1);
        Assert.Equal((10, false), (model.Rows.Count, model.HasNext));
        model.Turn(1);
        Assert.Equal(1, model.PageIndex);
        model.SearchFor("rule 00");
        Assert.Equal((0, 10), (model.PageIndex, model.Rows.Count));
    }

    private async Task<RuleListModel> LoadAsync()
    {
        var model = new RuleListModel(new AlertStandings(Sample.Clock(), _grains));
        await model.UpdateAsync(default);
        return model;
    }
}
