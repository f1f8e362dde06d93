using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

public sealed class AlertStepTests
{
    private const long Start = 1_776_416_400_000;
    private const long Minute = 60_000;

    [Fact]
    public void Next_ClockSetBack_NeitherFiresNorEndsAnything()
    {
        AlertRule rule = SomeRule.Threshold() with { For = TimeSpan.FromMinutes(5), KeepFiringFor = TimeSpan.FromMinutes(5) };
        AlertState pending = AlertStep.Next(rule, AlertState.New, Observation.Of(95), false, Start);
        AlertState back = AlertStep.Next(rule, pending, Observation.Of(95), false, Start - (60 * Minute));
        Assert.Equal(AlertPhase.Pending, back.Phase);
        AlertState firing = AlertStep.Next(rule, back, Observation.Of(95), false, Start + (5 * Minute));
        Assert.Equal(AlertPhase.Firing, firing.Phase);
        AlertState clearing = AlertStep.Next(rule, firing, Observation.Of(50), false, Start + (6 * Minute));
        Assert.Equal(AlertPhase.Firing, AlertStep.Next(rule, clearing, Observation.Of(50), false, Start - (600 * Minute)).Phase);
    }

    [Fact]
    public void Next_FiresAgainAfterTheClockWasSetBack_IsAnotherIncident()
    {
        AlertRule rule = SomeRule.Threshold();
        AlertState first = AlertStep.Next(rule, AlertState.New, Observation.Of(95), false, Start);
        AlertState over = AlertStep.Next(rule, first, Observation.Of(1), false, Start + Minute);
        AlertState second = AlertStep.Next(rule, over, Observation.Of(95), false, Start - Minute);
        Assert.Equal(Start, first.IncidentMs);
        Assert.Equal(Start + 1, second.IncidentMs);
    }

    [Fact]
    public void Next_GapLongerThanTheNoDataWait_IsNotCountedByFor()
    {
        AlertRule rule = SomeRule.Threshold() with { For = TimeSpan.FromMinutes(10), NoDataAfter = TimeSpan.FromMinutes(3) };
        AlertState state = AlertStep.Next(rule, AlertState.New, Observation.Of(95), false, Start);
        for (int minute = 1; minute <= 9; minute++)
        {
            state = AlertStep.Next(rule, state, Observation.NoData, false, Start + (minute * Minute));
        }
        // Silent from minute 1 on, of which three are no gap: at minute 10 four minutes of 'for' have passed.
        state = AlertStep.Next(rule, state, Observation.Of(95), false, Start + (10 * Minute));
        Assert.Equal(AlertPhase.Pending, state.Phase);
        Assert.Equal(Start + (6 * Minute), state.PendingSinceMs);
        Assert.Equal(AlertPhase.Firing, AlertStep.Next(rule, state, Observation.Of(95), false, Start + (16 * Minute)).Phase);
    }

    [Fact]
    public void Next_SilenceInterruptedByOurOwnAbsence_IsSeenAnew()
    {
        AlertRule rule = SomeRule.Threshold() with { NoData = NoDataPolicy.Alert, NoDataAfter = TimeSpan.FromMinutes(3) };
        AlertState state = AlertStep.Next(rule, AlertState.New, Observation.NoData, false, Start);
        state = AlertStep.Next(rule, state, Observation.Incomplete("suspended for 5m"), false, Start + (5 * Minute));
        Assert.Equal("suspended for 5m", state.Detail);
        state = AlertStep.Next(rule, state, Observation.NoData, false, Start + (6 * Minute));
        Assert.Equal((AlertPhase.Inactive, ""), (state.Phase, state.Detail));
        Assert.Equal(AlertPhase.NoData, AlertStep.Next(rule, state, Observation.NoData, false, Start + (9 * Minute)).Phase);
    }

    [Fact]
    public void Next_ErrorAndThenAnAlertUnderIt_ShowsTheAlertOnceItCanRead()
    {
        AlertRule rule = SomeRule.Threshold() with { For = TimeSpan.FromMinutes(2) };
        AlertState state = AlertStep.Next(rule, AlertState.New, Observation.Of(95), false, Start);
        state = AlertStep.Next(rule, state, Observation.Failed("no store"), false, Start + Minute);
        Assert.Equal((AlertPhase.Error, AlertPhase.Pending, "no store"), (state.Phase, state.Held, state.Detail));
        state = AlertStep.Next(rule, state, Observation.Of(95), false, Start + (2 * Minute));
        Assert.Equal((AlertPhase.Firing, ""), (state.Phase, state.Detail));
    }

    [Fact]
    public void Next_DeadManWindowOfSilence_FiresAndResolvesWhenItIsBack()
    {
        AlertRule rule = SomeRule.DeadMan();
        AlertState state = AlertStep.Next(rule, AlertState.New, Observation.Of(299), false, Start);
        Assert.Equal(AlertPhase.Inactive, state.Phase);
        state = AlertStep.Next(rule, state, Observation.Of(300), false, Start + Minute);
        Assert.Equal(AlertPhase.Firing, state.Phase);
        Assert.Equal(AlertPhase.Resolved, AlertStep.Next(rule, state, Observation.Of(12), false, Start + (2 * Minute)).Phase);
    }

    [Fact]
    public void Next_ResolvedForAWhile_BecomesInactive()
    {
        AlertRule rule = SomeRule.Threshold();
        AlertState state = AlertStep.Next(rule, AlertStep.Next(rule, AlertState.New, Observation.Of(95), false, Start), Observation.Of(1), false, Start + Minute);
        state = AlertStep.Next(rule, state, Observation.Of(1), false, Start + (15 * Minute));
        Assert.Equal(AlertPhase.Resolved, state.Phase);
        Assert.Equal(AlertPhase.Inactive, AlertStep.Next(rule, state, Observation.Of(1), false, Start + (16 * Minute)).Phase);
    }

    [Theory]
    [InlineData(AlertPhase.Firing, true)]
    [InlineData(AlertPhase.NoData, true)]
    [InlineData(AlertPhase.Pending, false)]
    [InlineData(AlertPhase.Resolved, false)]
    [InlineData(AlertPhase.Inactive, false)]
    public void End_AnyPhase_ResolvesWhatAlertsAndDropsTheRest(AlertPhase held, bool resolves)
    {
        var state = new AlertState { Held = held, Phase = AlertPhase.Muted, SinceMs = Start, IncidentMs = Start, PendingSinceMs = held == AlertPhase.Pending ? Start : null, SilentSinceMs = Start };
        AlertState ended = AlertStep.End(state, "the rule was deleted", Start + Minute);
        AlertPhase expected = resolves ? AlertPhase.Resolved : AlertPhase.Inactive;
        Assert.Equal((expected, expected, Start + Minute, "the rule was deleted"), (ended.Phase, ended.Held, ended.SinceMs, ended.Detail));
        Assert.Equal(resolves ? Start + Minute : null, ended.ResolvedMs);
        Assert.Null(ended.PendingSinceMs ?? ended.ClearSinceMs ?? ended.SilentSinceMs);
    }
}
