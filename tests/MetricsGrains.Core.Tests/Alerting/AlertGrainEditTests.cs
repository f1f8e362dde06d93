using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>What becomes of a rule's alerts when people change the rule.</summary>
public sealed class AlertGrainEditTests
{
    private static async Task<AlertRig> FiringAsync()
    {
        var rig = new AlertRig(SomeRule.Threshold() with { GroupBy = ["host"] });
        rig.Data("a", 95);
        rig.Data("b", 96);
        await rig.EvaluateAsync();
        Assert.Equal(2, rig.Notices.Count);
        return rig;
    }

    [Fact]
    public async Task Edit_HowItIsTold_KeepsTheIncidents()
    {
        AlertRig rig = await FiringAsync();
        string[] before = [.. rig.Notices.Select(n => n.IncidentKey)];
        rig.Edit(r => r with { Severity = AlertSeverity.Critical, Threshold = 80 });
        await rig.EvaluateAsync();
        Assert.Equal(before, rig.Notices.Select(n => n.IncidentKey));
        Assert.All(rig.Notices, n => Assert.True(n is { Severity: AlertSeverity.Critical, IsAlerting: true }));
        Assert.Equal(2, rig.Saved.RuleVersion);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Edit_Filters_EndsThoseThatAreNotSeenAnyMore(bool restarted)
    {
        AlertRig rig = await FiringAsync();
        AlertRule edited = rig.Rule with { TagFilter = [new TagFilter("host", TagMatch.Equal, "a")], Version = 2 };
        if (restarted)
        {
            rig.Restart(edited);
        }
        else
        {
            rig.Edit(_ => edited with { Version = 1 });
        }
        rig.Data("b", null);
        Assert.Equal(1, rig.Grain.State.RuleVersion);
        await rig.EvaluateAsync();
        Assert.Equal([("host:a", true), ("host:b", false)], rig.Notices.Select(n => (n.Instance, n.IsAlerting)));
        Assert.Equal(2, rig.Saved.RuleVersion);
        await rig.EvaluateAsync();
        Assert.Single(rig.Notices);
        Assert.Single(rig.Grain.State.Instances);
    }

    [Fact]
    public async Task Edit_OtherMetricOrGrouping_EndsEverything()
    {
        AlertRig rig = await FiringAsync();
        rig.Edit(r => r with { GroupBy = [] });
        Assert.All(rig.Notices, n => Assert.Equal(AlertStatus.Resolved, n.Status));
        Assert.Equal(2, rig.Notices.Count);
        Assert.Empty(rig.Saved.Instances);

        rig = await FiringAsync();
        rig.Restart(rig.Rule with { MetricName = "other", Version = 2 });
        Assert.Equal(2, rig.Notices.Count(n => !n.IsAlerting));
    }

    [Fact]
    public async Task Edit_DisabledAndEnabled_EndsAndBeginsAnew()
    {
        AlertRig rig = await FiringAsync();
        rig.Edit(r => r with { Enabled = false });
        Assert.Equal(2, rig.Notices.Count(n => n.Status == AlertStatus.Resolved));
        Assert.Contains(rig.Events, e => e is { To: AlertPhase.Resolved, Detail: "the rule was disabled" });
        int events = rig.Events.Count;
        await rig.EvaluateAsync(10);
        Assert.Empty(rig.Notices);
        rig.Edit(r => r with { Enabled = true });
        await rig.EvaluateAsync();
        Assert.Equal(2, rig.Notices.Count(n => n.IsAlerting));
        Assert.DoesNotContain(rig.Events.Skip(events), e => e.Kind == AlertEventKind.EvaluationMissed);
    }

    [Fact]
    public async Task Delete_Firing_EndsEverything()
    {
        AlertRig rig = await FiringAsync();
        rig.Save(rig.Grain.Delete());
        Assert.Equal(2, rig.Notices.Count(n => n.Status == AlertStatus.Resolved));
        Assert.Empty(rig.Saved.Instances);
    }
}
