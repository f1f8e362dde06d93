using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

/// <summary>Clocks that are set, processes that stand still, and dead-man's switches, which hang on both.</summary>
public sealed class AlertGrainClockTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(-3)]
    public async Task Evaluate_ClockIsSet_ForGoesOnAsIfItWereNot(int hours)
    {
        var rig = new AlertRig(SomeRule.Threshold() with { For = TimeSpan.FromMinutes(5), KeepFiringFor = TimeSpan.FromMinutes(5) });
        rig.Data("", 95);
        await rig.EvaluateAsync(3);
        rig.Time.Set(TimeSpan.FromHours(hours));
        Assert.Equal(AlertPhase.Pending, await rig.EvaluateAsync(2));
        Assert.Equal(AlertPhase.Firing, await rig.EvaluateAsync());
        rig.Data("", 5);
        await rig.EvaluateAsync(2);
        rig.Time.Set(TimeSpan.FromHours(-2 * hours));
        Assert.Equal(AlertPhase.Firing, await rig.EvaluateAsync(3));
        Assert.Equal(AlertPhase.Resolved, await rig.EvaluateAsync());
    }

    [Fact]
    public async Task Mute_BetweenAJumpAndAnEvaluation_DoesNotSwallowTheJump()
    {
        var rig = new AlertRig(SomeRule.Threshold() with { For = TimeSpan.FromMinutes(5) });
        rig.Data("", 95);
        await rig.EvaluateAsync(3);
        rig.Time.Set(TimeSpan.FromHours(1));
        rig.Save(rig.Grain.Mute(null, "ann"));
        Assert.Equal(AlertPhase.Pending, await rig.EvaluateAsync(2));
    }

    [Fact]
    public async Task Restart_ClockWasSetBackMeanwhile_ClocksDoNotStandForHours()
    {
        var rig = new AlertRig(SomeRule.Threshold() with { For = TimeSpan.FromMinutes(2) });
        rig.Data("", 95);
        await rig.EvaluateAsync();
        rig.Time.Set(TimeSpan.FromHours(-5));
        rig.Restart();
        Assert.Equal(AlertPhase.Firing, await rig.EvaluateAsync(2));
    }

    [Fact]
    public async Task Evaluate_AfterASuspension_SaysThatEvaluationsWereMissed()
    {
        var rig = new AlertRig(SomeRule.Threshold()) { Reason = "suspended for 5m" };
        rig.Data("", 5);
        await rig.EvaluateAsync();
        long before = rig.Time.NowMs;
        rig.Time.Advance(TimeSpan.FromMinutes(5));
        await rig.EvaluateAsync();
        AlertEvent missed = Assert.Single(rig.Events, e => e.Kind == AlertEventKind.EvaluationMissed);
        Assert.Equal((before, rig.Time.NowMs, "not evaluated for 6m: suspended for 5m"), (missed.IncidentMs!.Value, missed.AtMs, missed.Detail));
        await rig.EvaluateAsync(3);
        Assert.Single(rig.Events, e => e.Kind == AlertEventKind.EvaluationMissed);
    }

    [Fact]
    public async Task Restart_AfterAnHour_SaysThatEvaluationsWereMissed()
    {
        var rig = new AlertRig(SomeRule.Threshold());
        rig.Data("", 5);
        await rig.EvaluateAsync(10);
        rig.EvaluatedThroughMs = rig.Time.NowMs;
        rig.Time.Advance(TimeSpan.FromHours(1));
        rig.Restart();
        await rig.EvaluateAsync();
        Assert.Equal(rig.EvaluatedThroughMs, Assert.Single(rig.Events, e => e.Kind == AlertEventKind.EvaluationMissed).IncidentMs);
    }

    [Fact]
    public async Task DeadMan_GroupStops_FiresAfterTheWindowAndResolvesWhenItIsBack()
    {
        var rig = new AlertRig(SomeRule.DeadMan() with { GroupBy = ["host"] });
        rig.Data("a", 10);
        rig.Data("b", 10);
        await rig.EvaluateAsync();
        rig.Data("b", null);
        await rig.EvaluateAsync(4);
        Assert.Equal((AlertPhase.Inactive, AlertPhase.Inactive), (rig["a"].State.Phase, rig["b"].State.Phase));
        await rig.EvaluateAsync();
        Assert.Equal((AlertPhase.Inactive, AlertPhase.Firing), (rig["a"].State.Phase, rig["b"].State.Phase));
        Assert.Equal(310, Assert.Single(rig.Notices).Value);
        await rig.EvaluateAsync(2);
        Assert.Equal(430, Assert.Single(rig.Notices).Value);
        rig.Data("b", 1);
        await rig.EvaluateAsync();
        Assert.Equal(AlertPhase.Resolved, rig["b"].State.Phase);
    }

    [Fact]
    public async Task DeadMan_WeWereNotThere_NeitherFiresNorResolves()
    {
        var rig = new AlertRig(SomeRule.DeadMan() with { GroupBy = ["host"] });
        rig.Data("a", 10);
        rig.Data("b", 10);
        await rig.EvaluateAsync();
        rig.Data("a", null);
        await rig.EvaluateAsync(7);
        Assert.Equal(AlertPhase.Firing, rig["a"].State.Phase);

        // Suspended for half an hour: nothing of what b sent meanwhile was heard.
        rig.Time.Advance(TimeSpan.FromMinutes(30));
        rig.UninterruptedSinceMs = rig.Time.NowMs;
        rig.Data("b", null);
        await rig.EvaluateAsync(5);
        Assert.Equal((AlertPhase.Firing, AlertPhase.Inactive), (rig["a"].State.Phase, rig["b"].State.Phase));
        await rig.EvaluateAsync(2);
        Assert.Equal((AlertPhase.Firing, AlertPhase.Firing), (rig["a"].State.Phase, rig["b"].State.Phase));
    }

    [Fact]
    public async Task DeadMan_WeAreBehind_SaysNothing()
    {
        var rig = new AlertRig(SomeRule.DeadMan() with { GroupBy = ["host"] });
        rig.Data("a", 10);
        await rig.EvaluateAsync();
        rig.Data("a", null);
        for (int minute = 0; minute < 30; minute++)
        {
            rig.UninterruptedSinceMs = rig.Time.NowMs + 120_000;
            Assert.Equal(AlertPhase.Inactive, await rig.EvaluateAsync());
        }
    }

    [Fact]
    public async Task DeadMan_MetricThatNeverCame_FiresOnceItIsDue()
    {
        var rig = new AlertRig(SomeRule.DeadMan() with { CreatedAtMs = AlertRig.Start });
        Assert.Equal(AlertPhase.Inactive, await rig.EvaluateAsync(4));
        Assert.Equal(AlertPhase.Firing, await rig.EvaluateAsync(3));
        Assert.Equal("there is no metric named 'job.done' yet", rig.Grain.Problem);
    }
}
