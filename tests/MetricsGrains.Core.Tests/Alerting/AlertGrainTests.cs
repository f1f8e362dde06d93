using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Core.Tests.Alerting;

public sealed class AlertGrainTests
{
    private static AlertRule ByHost => SomeRule.Threshold() with { GroupBy = ["host"], CreatedAtMs = AlertRig.Start };

    [Fact]
    public async Task Evaluate_ConditionHoldsForLongEnough_FiresAndTellsAndResolves()
    {
        var rig = new AlertRig(ByHost with { For = TimeSpan.FromMinutes(2), TagFilter = [new TagFilter("env", TagMatch.Equal, "prod")], Message = "{{tags.env}} {{value}}" });
        rig.Data("a", 95);
        rig.Data("b", 50);
        Assert.Equal(AlertPhase.Pending, await rig.EvaluateAsync());
        Assert.Empty(rig.Notices);
        Assert.Equal(AlertPhase.Firing, await rig.EvaluateAsync(2));
        AlertNotice notice = Assert.Single(rig.Notices);
        Assert.Equal((AlertStatus.Firing, "prod 95", "host:a", 95d, rig.Time.NowMs), (notice.Status, notice.Message, notice.Instance, notice.Value!.Value, notice.IncidentMs));
        Assert.Equal("env:prod,host:a", notice.Tags.ToString());
        Assert.Equal([1, 2, 3], notice.Recent);
        Assert.StartsWith("/explore?metric=cpu&filter=env:prod&filter=host:a&stat=avg&from=", notice.ChartPath, StringComparison.Ordinal);
        Assert.Equal("/alerts/silences/new?matcher=alertname%3DCPU%20is%20hot&matcher=env%3Dprod&matcher=host%3Da", notice.SilencePath);
        Assert.Equal(rig.Time.NowMs, rig.Saved.LastFiredAtMs);

        rig.Data("a", 10);
        await rig.EvaluateAsync();
        Assert.Equal((AlertStatus.Resolved, rig.Time.NowMs), (rig.Notices[0].Status, rig.Notices[0].EndedMs!.Value));
        Assert.Equal(
            [(AlertPhase.Inactive, AlertPhase.Pending), (AlertPhase.Pending, AlertPhase.Firing), (AlertPhase.Firing, AlertPhase.Resolved)],
            rig.Events.Select(e => (e.From!.Value, e.To!.Value)));
        Assert.Equal(SuppressionReason.NotYetFor, rig.Events[0].Suppression);
        Assert.Equal(["95 %, > 90 %; must hold for 2m", "95 %, > 90 %, for 2m", "10 %, no longer > 90 %"], rig.Events.Select(e => e.Detail));
        Assert.All(rig.Events, e => Assert.Equal(("host:a", SomeRule.Id), (e.Instance, e.RuleId!.Value)));
    }

    [Fact]
    public async Task Evaluate_NothingChanges_IsSavedOnceAnHour()
    {
        var rig = new AlertRig(ByHost);
        rig.Data("a", 50);
        await rig.EvaluateAsync();
        Assert.Equal(1, rig.Saves);
        for (int minute = 0; minute < 125; minute++)
        {
            rig.Data("a", minute % 80);
            await rig.EvaluateAsync();
        }
        Assert.Equal(3, rig.Saves);
    }

    [Fact]
    public async Task Evaluate_DataCanNotBeRead_IsAnErrorAndNeverAllRight()
    {
        var rig = new AlertRig(SomeRule.Threshold());
        rig.Failure = new StoreUnavailableException("the store is away");
        Assert.Equal(AlertPhase.Error, await rig.EvaluateAsync());
        Assert.Equal("the store is away", rig.Grain.Problem);
        rig.Failure = null;
        rig.Data("", 95);
        Assert.Equal(AlertPhase.Firing, await rig.EvaluateAsync());
        string incident = Assert.Single(rig.Notices).IncidentKey;
        rig.Failure = new InvalidOperationException("oops");
        Assert.Equal(AlertPhase.Error, await rig.EvaluateAsync(30));
        Assert.Contains("oops", rig.Grain.Problem, StringComparison.Ordinal);
        Assert.Same(rig.Failure, rig.Grain.Failure);
        Assert.Equal((AlertStatus.Firing, incident), (rig.Notices[0].Status, rig.Notices[0].IncidentKey));
        rig.Failure = null;
        Assert.Equal(AlertPhase.Firing, await rig.EvaluateAsync());
        Assert.Equal(("", incident), (rig.Grain.Problem, rig.Notices[0].IncidentKey));
    }

    [Fact]
    public async Task Evaluate_MetricDoesNotExistYet_SaysSo()
    {
        var rig = new AlertRig(ByHost);
        await rig.EvaluateAsync();
        Assert.Equal("there is no metric named 'cpu' yet", rig.Grain.Problem);
        Assert.Null(rig.Grain.Failure);
        rig.Data("a", 1);
        await rig.EvaluateAsync();
        Assert.Equal("", rig.Grain.Problem);
    }

    [Theory]
    [InlineData(NoDataPolicy.Alert, AlertPhase.NoData)]
    [InlineData(NoDataPolicy.KeepLast, AlertPhase.Firing)]
    [InlineData(NoDataPolicy.Ok, AlertPhase.Resolved)]
    public async Task Evaluate_GroupVanishes_GoesByThePolicy(NoDataPolicy policy, AlertPhase expected)
    {
        var rig = new AlertRig(ByHost with { NoData = policy, NoDataAfter = TimeSpan.FromMinutes(3) });
        rig.Data("a", 95);
        rig.Data("b", 1);
        await rig.EvaluateAsync();
        rig.Data("a", null);
        await rig.EvaluateAsync(3);
        Assert.Equal(AlertPhase.Firing, rig["a"].State.Phase);
        await rig.EvaluateAsync();
        Assert.Equal(expected, rig["a"].State.Phase);
    }

    [Theory]
    [InlineData(StatisticKind.Sum, AlertCondition.Gt, 95, AlertPhase.Firing)]
    [InlineData(StatisticKind.Sum, AlertCondition.Gt, 50, AlertPhase.Inactive)]
    [InlineData(StatisticKind.Sum, AlertCondition.Lt, 50, AlertPhase.Inactive)]
    [InlineData(StatisticKind.Count, AlertCondition.Lt, 50, AlertPhase.Inactive)]
    [InlineData(StatisticKind.Avg, AlertCondition.Lt, 50, AlertPhase.Firing)]
    public async Task Evaluate_WindowNotWhollyAttended_TrustsOnlyWhatFollows(StatisticKind statistic, AlertCondition condition, double value, AlertPhase expected)
    {
        var rig = new AlertRig(ByHost with { Statistic = new Statistic(statistic), Condition = condition }) { UninterruptedSinceMs = AlertRig.Start };
        rig.Data("a", value);
        Assert.Equal(expected, await rig.EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_SumTooSmallAfterAStart_DoesNotEndAnAlert()
    {
        var rig = new AlertRig(ByHost with { Statistic = new Statistic(StatisticKind.Sum) });
        rig.Data("a", 95);
        await rig.EvaluateAsync();
        rig.UninterruptedSinceMs = rig.Time.NowMs;
        rig.Data("a", 5);
        Assert.Equal(AlertPhase.Firing, await rig.EvaluateAsync(5));
        Assert.Contains("started", rig["a"].State.Detail, StringComparison.Ordinal);
        Assert.Equal(AlertPhase.Resolved, await rig.EvaluateAsync());
    }

    [Fact]
    public async Task Evaluate_MoreGroupsThanARuleMayHave_SaysHowManyAreNotWatched()
    {
        var rig = new AlertRig(ByHost);
        for (int i = 0; i < 1_003; i++)
        {
            rig.Data($"h{i:0000}", 1);
        }
        await rig.EvaluateAsync();
        Assert.Equal(1_000, rig.Grain.State.Instances.Count);
        Assert.StartsWith("3 of 1003 groups are not watched", rig.Grain.Problem, StringComparison.Ordinal);
        rig.Data("h0000", null);
        rig.Data("h0001", null);
        rig.Data("h0002", null);
        await rig.EvaluateAsync();
        Assert.Equal("", rig.Grain.Problem);
        Assert.Equal(AlertPhase.Inactive, rig["h1002"].State.Phase);
    }

    [Fact]
    public async Task Evaluate_GroupGoneForAWeek_IsForgotten()
    {
        var rig = new AlertRig(ByHost);
        rig.Data("a", 1);
        rig.Data("b", 95);
        await rig.EvaluateAsync();
        rig.Data("a", null);
        rig.Data("b", null);
        rig.Time.Advance(TimeSpan.FromDays(6.9));
        rig.UninterruptedSinceMs = rig.Time.NowMs;
        await rig.EvaluateAsync(59);
        Assert.Equal(2, rig.Grain.State.Instances.Count);
        rig.Time.Advance(TimeSpan.FromHours(3));
        await rig.EvaluateAsync();
        Assert.Empty(rig.Saved.Instances);
        Assert.Equal(("host:b", AlertStatus.Resolved), (Assert.Single(rig.Notices).Instance, rig.Notices[0].Status));
        Assert.Equal(2, rig.Events.Count(e => e.Kind == AlertEventKind.InstanceForgotten));
        await rig.EvaluateAsync();
        Assert.Empty(rig.Notices);
    }

    [Fact]
    public async Task Mute_WhileFiring_GoesOnUnderItAndIsShownAgainWhenItsTimeIsOver()
    {
        var rig = new AlertRig(ByHost with { For = TimeSpan.FromMinutes(1) });
        rig.Data("a", 95);
        await rig.EvaluateAsync();
        rig.Save(rig.Grain.Mute(new RuleMute(rig.Time.NowMs + 150_000, "ann", "deploy"), "ann"));
        Assert.Equal(AlertPhase.Muted, rig["a"].State.Phase);
        Assert.Equal(AlertPhase.Muted, await rig.EvaluateAsync());
        Assert.True(Assert.Single(rig.Notices).Muted);
        Assert.Contains(rig.Events, e => e is { From: AlertPhase.Pending, To: AlertPhase.Firing, Suppression: SuppressionReason.Mute });
        Assert.Equal(AlertPhase.Firing, await rig.EvaluateAsync(2));
        Assert.False(Assert.Single(rig.Notices).Muted);
        Assert.Equal(["ann", ""], rig.Events.Where(e => e.Kind is AlertEventKind.RuleMuted or AlertEventKind.RuleUnmuted).Select(e => e.By));
    }

    [Fact]
    public async Task Acknowledge_OnlyWhatAlerts_LastsAsLongAsTheIncident()
    {
        var rig = new AlertRig(ByHost);
        rig.Data("a", 95);
        rig.Data("b", 5);
        await rig.EvaluateAsync();
        var taken = new Acknowledgement("bob", rig.Time.NowMs, "on it");
        Assert.Null(rig.Grain.Acknowledge(AlertRig.Tags("b"), taken));
        Assert.Null(rig.Grain.Acknowledge(AlertRig.Tags("c"), taken));
        rig.Save(rig.Grain.Acknowledge(AlertRig.Tags("a"), taken)!);
        Assert.Equal(taken, rig.Notices[0].Acknowledged);
        rig.Restart();
        await rig.EvaluateAsync();
        Assert.Equal(taken, rig.Notices[0].Acknowledged);
        rig.Data("a", 5);
        await rig.EvaluateAsync();
        rig.Data("a", 95);
        await rig.EvaluateAsync();
        Assert.Null(rig.Notices[0].Acknowledged);
    }

    [Fact]
    public async Task Forget_FiringGroup_EndsIt()
    {
        var rig = new AlertRig(ByHost);
        rig.Data("a", 95);
        await rig.EvaluateAsync();
        Assert.Null(rig.Grain.Forget(AlertRig.Tags("x"), "ann"));
        rig.Save(rig.Grain.Forget(AlertRig.Tags("a"), "ann")!);
        Assert.Equal(AlertStatus.Resolved, Assert.Single(rig.Notices).Status);
        Assert.Empty(rig.Saved.Instances);
        Assert.Contains(rig.Events, e => e is { Kind: AlertEventKind.InstanceForgotten, By: "ann" });
    }

    [Fact]
    public async Task Restart_WhilePendingAndFiring_ClocksAndIncidentsGoOn()
    {
        var rig = new AlertRig(ByHost with { For = TimeSpan.FromMinutes(5) });
        rig.Data("a", 95);
        await rig.EvaluateAsync(3);
        rig.Restart();
        Assert.Equal(AlertPhase.Pending, await rig.EvaluateAsync(2));
        Assert.Equal(AlertPhase.Firing, await rig.EvaluateAsync());
        string incident = rig.Notices[0].IncidentKey;
        int events = rig.Events.Count;
        rig.Restart();
        await rig.EvaluateAsync();
        Assert.Equal(incident, rig.Notices[0].IncidentKey);
        Assert.Equal(events, rig.Events.Count);
    }

    [Fact]
    public async Task EvaluateAsync_OfAMetricThatWasNeverReceived_WaitsForTheFirstSample()
    {
        var rig = new AlertRig(SomeRule.Threshold());
        await rig.EvaluateAsync();
        Assert.True(new AlertRuleStanding(rig.Rule, rig.Grain.State, rig.Grain.LastEvaluationMs, rig.Grain.Problem).IsWaiting, rig.Grain.Problem);
        rig.Data("", 5);
        await rig.EvaluateAsync();
        Assert.Equal("", rig.Grain.Problem);
        rig.Failure = new StoreUnavailableException("gone");
        await rig.EvaluateAsync();
        Assert.False(new AlertRuleStanding(rig.Rule, rig.Grain.State, rig.Grain.LastEvaluationMs, rig.Grain.Problem).IsWaiting);
    }
}
