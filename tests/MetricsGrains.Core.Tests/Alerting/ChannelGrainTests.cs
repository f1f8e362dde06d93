using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Core.Tests.Alerting;

public sealed class ChannelGrainTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Tick_AlertsThatFireTogether_AreOneMessageAfterTheWaitAndThenOneEachInterval()
    {
        var rig = new ChannelRig();
        rig.Notify(ChannelRig.Notice("a"));
        await rig.RunAsync(TimeSpan.FromSeconds(20));
        rig.Notify(ChannelRig.Notice("a"), ChannelRig.Notice("b", ChannelRig.Start + 1));
        await rig.RunAsync(TimeSpan.FromSeconds(10));
        Assert.Empty(rig.Delivered);
        await rig.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(NotificationReason.Fired, Assert.Single(rig.Delivered).Reason);
        Assert.Equal(["host:a", "host:b"], rig.Delivered[0].Alerts.Select(a => a.Instance));

        rig.Notify(ChannelRig.Notice("c"));
        await rig.RunAsync(TimeSpan.FromSeconds(299));
        Assert.Single(rig.Delivered);
        await rig.RunAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(2, rig.Delivered.Count);
        Assert.Equal([ChannelRig.Notice("c").IncidentKey], rig.Delivered[1].Changed);
        Assert.Equal(3, rig.Delivered[1].Alerts.Count);
        Assert.Equal(rig.Delivered[0].GroupKey, rig.Delivered[1].GroupKey);
    }

    [Fact]
    public async Task Tick_SomeEndAndThenAll_TellsChangedAndResolvedAndThenANewLife()
    {
        var rig = new ChannelRig();
        rig.Notify(ChannelRig.Notice("a"), ChannelRig.Notice("b"));
        await rig.RunAsync(s_minute);
        rig.Notify(ChannelRig.Notice("a", status: AlertStatus.Resolved), ChannelRig.Notice("b"));
        await rig.RunAsync(6 * s_minute);
        rig.Notify(ChannelRig.Notice("a", status: AlertStatus.Resolved), ChannelRig.Notice("b", status: AlertStatus.Resolved));
        await rig.RunAsync(6 * s_minute);
        rig.Notify(ChannelRig.Notice("a", rig.Now));
        await rig.RunAsync(s_minute);
        Assert.Equal([NotificationReason.Fired, NotificationReason.Changed, NotificationReason.Resolved, NotificationReason.Fired], rig.Delivered.Select(d => d.Reason));
        Assert.Equal(3, rig.Delivered.Take(3).Select(d => d.GroupKey).Count(k => k == rig.Delivered[0].GroupKey));
        Assert.NotEqual(rig.Delivered[0].GroupKey, rig.Delivered[3].GroupKey);
        Assert.Equal(["host:b"], rig.Delivered[2].Alerts.Select(a => a.Instance));
    }

    [Fact]
    public async Task Tick_EndsBeforeItWasTold_TellsNothing()
    {
        var rig = new ChannelRig();
        rig.Notify(ChannelRig.Notice("a"));
        await rig.RunAsync(TimeSpan.FromSeconds(10));
        rig.Notify(ChannelRig.Notice("a", status: AlertStatus.Resolved));
        await rig.RunAsync(10 * s_minute);
        Assert.Empty(rig.Delivered);
        Assert.Empty(rig.SavedState.Groups);
    }

    [Theory]
    [InlineData(NotificationGrouping.Channel, 1)]
    [InlineData(NotificationGrouping.Rule, 2)]
    [InlineData(NotificationGrouping.Instance, 3)]
    public async Task Tick_EachGrouping_MakesItsMessages(NotificationGrouping grouping, int messages)
    {
        var rig = new ChannelRig(ChannelRig.Some() with { Grouping = grouping });
        rig.Notify(ChannelRig.Notice("a"), ChannelRig.Notice("b"), ChannelRig.Notice("c") with { RuleId = Guid.NewGuid() });
        await rig.RunAsync(s_minute);
        Assert.Equal(messages, rig.Delivered.Count);
        Assert.Equal(messages, rig.Delivered.Select(d => d.GroupKey).Distinct().Count());
    }

    [Fact]
    public async Task Tick_SilencedAndThenNot_IsSaidOnceAndToldThen()
    {
        var rig = new ChannelRig();
        var silence = new Suppression(SuppressionReason.Silence, "ann: deploy", Guid.NewGuid());
        rig.Suppressions.Silenced["host:a"] = silence;
        rig.Notify(ChannelRig.Notice("a"));
        await rig.RunAsync(10 * s_minute);
        Assert.Empty(rig.Delivered);
        AlertEvent said = Assert.Single(rig.Events);
        Assert.Equal((AlertEventKind.NotificationSuppressed, SuppressionReason.Silence, "ann: deploy", "host:a"), (said.Kind, said.Suppression!.Value, said.By, said.Instance));

        rig.Suppressions.Silenced["host:a"] = silence with { Reason = SuppressionReason.Inhibition };
        await rig.RunAsync(s_minute);
        Assert.Equal(2, rig.Events.Count);
        rig.Suppressions.Silenced.Clear();
        await rig.RunAsync(s_minute);
        Assert.Single(rig.Delivered);
    }

    [Fact]
    public async Task Tick_SilencedAfterItWasTold_StillTellsItsEnd()
    {
        var rig = new ChannelRig();
        rig.Notify(ChannelRig.Notice("a"));
        await rig.RunAsync(s_minute);
        rig.Suppressions.Silenced["host:a"] = new Suppression(SuppressionReason.Silence, "ann");
        rig.Notify(ChannelRig.Notice("a", status: AlertStatus.Resolved) with { Muted = true });
        await rig.RunAsync(6 * s_minute);
        Assert.Equal(NotificationReason.Resolved, rig.Delivered[^1].Reason);
    }

    [Fact]
    public async Task Tick_MutedOrAcknowledgedBeforeItWasTold_IsNotTold()
    {
        var rig = new ChannelRig();
        rig.Notify(ChannelRig.Notice("a") with { Muted = true }, ChannelRig.Notice("b") with { Acknowledged = new Acknowledgement("bob", 1, "") });
        await rig.RunAsync(10 * s_minute);
        Assert.Empty(rig.Delivered);
        Assert.Equal([SuppressionReason.Mute, SuppressionReason.Acknowledged], rig.Events.Select(e => e.Suppression!.Value).Order());
        rig.Notify(ChannelRig.Notice("a"));
        await rig.RunAsync(s_minute);
        Assert.Equal(["host:a"], Assert.Single(rig.Delivered).Alerts.Select(a => a.Instance));
    }

    [Fact]
    public async Task Tick_NobodyAcknowledges_RepeatsUntilSomebodyDoes()
    {
        var rig = new ChannelRig();
        AlertNotice alert = ChannelRig.Notice("a") with { RepeatInterval = TimeSpan.FromHours(1) };
        rig.Notify(alert);
        await rig.RunAsync(TimeSpan.FromMinutes(125));
        Assert.Equal([NotificationReason.Fired, NotificationReason.Repeated, NotificationReason.Repeated], rig.Delivered.Select(d => d.Reason));
        rig.Notify(alert with { Acknowledged = new Acknowledgement("bob", 1, "on it") });
        await rig.RunAsync(TimeSpan.FromMinutes(125));
        Assert.Equal(3, rig.Delivered.Count);
    }

    [Fact]
    public async Task Tick_AllOfAPagerDutyGroupAcknowledged_TellsItAtOnceAndOnce()
    {
        var rig = new ChannelRig(ChannelRig.Some() with { Type = ChannelType.PagerDuty });
        rig.Notify(ChannelRig.Notice("a"), ChannelRig.Notice("b"));
        await rig.RunAsync(s_minute);
        AlertNotice a = ChannelRig.Notice("a") with { Acknowledged = new Acknowledgement("bob", 1, "on it") };
        rig.Notify(a);
        await rig.RunAsync(s_minute);
        Assert.Single(rig.Delivered);
        rig.Notify(a, ChannelRig.Notice("b") with { Acknowledged = a.Acknowledged });
        await rig.RunAsync(s_minute);
        Assert.Equal(NotificationReason.Acknowledged, rig.Delivered[^1].Reason);
        Assert.Equal(2, rig.Delivered.Count);
        Assert.Equal(rig.Delivered[0].GroupKey, rig.Delivered[1].GroupKey);
    }

    [Fact]
    public async Task Complete_ReceiverFails_BacksOffAndHonoursRetryAfterAndThenDelivers()
    {
        var rig = new ChannelRig();
        var attempts = new List<long>();
        rig.Notify(ChannelRig.Notice("a"));
        await rig.RunAsync(TimeSpan.FromMinutes(30), _ =>
        {
            attempts.Add(rig.Now);
            return attempts.Count switch { 1 => SendOutcome.Retry("429", TimeSpan.FromMinutes(7)), 4 => SendOutcome.Delivered("ok", "C1/2"), _ => SendOutcome.Retry("500") };
        });
        Assert.Equal(4, attempts.Count);
        Assert.True(attempts[1] - attempts[0] >= 420_000);
        Assert.InRange(attempts[2] - attempts[1], 1_000, 11_000);
        Assert.Equal("C1/2", rig.SavedState.Groups[0].Reference);
        Assert.Single(rig.Delivered);
        Assert.Equal([OutboxStatus.Sent], rig.SavedMessages.Values.Select(m => m.Status));
        Assert.Equal(
            [AlertEventKind.NotificationQueued, AlertEventKind.NotificationFailed, AlertEventKind.NotificationFailed, AlertEventKind.NotificationFailed, AlertEventKind.NotificationSent],
            rig.Events.Where(e => e.Kind != AlertEventKind.NotificationSuppressed).Select(e => e.Kind));
    }

    [Fact]
    public async Task Complete_ReceiverReplacedTheFirstMessage_LaterOnesReferToTheNewOne()
    {
        var rig = new ChannelRig();
        var references = new List<string?>();
        rig.Notify(ChannelRig.Notice("a") with { RepeatInterval = TimeSpan.FromHours(1) });
        await rig.RunAsync(TimeSpan.FromHours(3.5), message =>
        {
            references.Add(message.Reference);
            return SendOutcome.Delivered("ok", references.Count == 1 ? "C1/1" : "C1/9");
        });
        Assert.Equal([null, "C1/1", "C1/9"], references.Take(3));
    }

    [Fact]
    public async Task Complete_FailsForADay_IsGivenUpAndItsAlertIsToldLater()
    {
        var rig = new ChannelRig(ChannelRig.Some() with { GroupWait = TimeSpan.Zero });
        rig.Notify(ChannelRig.Notice("a") with { RepeatInterval = TimeSpan.Zero });
        int attempts = 0;
        await rig.RunAsync(TimeSpan.FromHours(24.3), _ =>
        {
            attempts++;
            return SendOutcome.Retry("connection refused");
        });
        OutboxMessage dead = Assert.Single(rig.SavedMessages.Values);
        Assert.Equal((OutboxStatus.Dead, "connection refused"), (dead.Status, dead.Answer));
        Assert.InRange(dead.FinishedMs!.Value - ChannelRig.Start, 24 * 3_600_000L, (24 * 3_600_000L) + 600_000);
        Assert.InRange(attempts, 144, 500);
        Assert.True(rig.Grain.IsFailing);

        await rig.RunAsync(TimeSpan.FromMinutes(65));
        Assert.Single(rig.Delivered);
        Assert.False(rig.Grain.IsFailing);
    }

    [Fact]
    public async Task Complete_Rejected_IsDeadAtOnceAndToldAgainAfterAnEdit()
    {
        var rig = new ChannelRig();
        rig.Notify(ChannelRig.Notice("a"));
        await rig.RunAsync(TimeSpan.FromMinutes(20), _ => SendOutcome.Rejected("404 no such channel"));
        Assert.Equal(OutboxStatus.Dead, Assert.Single(rig.SavedMessages.Values).Status);
        AlertNotice? failure = rig.Grain.FailureNotice(rig.Now);
        Assert.Contains("404 no such channel", failure!.Message, StringComparison.Ordinal);
        Assert.Equal(failure.IncidentKey, rig.Grain.FailureNotice(rig.Now + 60_000)!.IncidentKey);

        rig.Edit(c => c with { Version = 2 });
        await rig.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Single(rig.Delivered);
        Assert.Null(rig.Grain.FailureNotice(rig.Now));
    }

    [Fact]
    public async Task Complete_RejectedAndOverBeforeAnybodyHeard_TellsNoEnd()
    {
        var rig = new ChannelRig();
        rig.Notify(ChannelRig.Notice("a"));
        await rig.RunAsync(s_minute, _ => SendOutcome.Rejected("400"));
        rig.Notify(ChannelRig.Notice("a", status: AlertStatus.Resolved));
        await rig.RunAsync(TimeSpan.FromHours(2));
        Assert.Empty(rig.Delivered);
        Assert.Empty(rig.SavedState.Groups);
    }

    [Fact]
    public async Task Complete_EndIsRejected_IsToldAgainUnderTheSameKey()
    {
        var rig = new ChannelRig();
        rig.Notify(ChannelRig.Notice("a"));
        await rig.RunAsync(s_minute);
        rig.Notify(ChannelRig.Notice("a", status: AlertStatus.Resolved) with { EndedMs = rig.Now });
        await rig.RunAsync(6 * s_minute, _ => SendOutcome.Rejected("400"));
        Assert.Single(rig.Delivered);
        await rig.RunAsync(TimeSpan.FromMinutes(70));
        Assert.Equal([NotificationReason.Fired, NotificationReason.Resolved], rig.Delivered.Select(d => d.Reason));
        Assert.Equal(rig.Delivered[0].GroupKey, rig.Delivered[1].GroupKey);
        Assert.Empty(rig.SavedState.Groups);
    }

    [Fact]
    public async Task Replay_DeadMessageOfAnAlertThatIsOver_IsFollowedByItsEnd()
    {
        var rig = new ChannelRig();
        rig.Notify(ChannelRig.Notice("a"));
        await rig.RunAsync(s_minute, _ => SendOutcome.Rejected("400"));
        OutboxMessage dead = rig.SavedMessages.Values.Single();
        rig.Notify(ChannelRig.Notice("a", status: AlertStatus.Resolved));
        await rig.RunAsync(s_minute);
        rig.Save(rig.Grain.Replay(dead, "ann", rig.Now));
        await rig.RunAsync(6 * s_minute);
        Assert.Equal([NotificationReason.Fired, NotificationReason.Resolved], rig.Delivered.Select(d => d.Reason));
        Assert.Equal(dead.Id, rig.Delivered[0].Id);
        Assert.Equal(dead.Notification.GroupKey, rig.Delivered[1].GroupKey);
        Assert.Contains(rig.Events, e => e is { Kind: AlertEventKind.NotificationReplayed, By: "ann", Instance: "host:a" });
    }

    [Fact]
    public async Task Tick_MoreThanTheRate_WaitsAndTellsTheMostSevereFirst()
    {
        var rig = new ChannelRig(ChannelRig.Some() with { Grouping = NotificationGrouping.Instance, RatePerMinute = 2, GroupWait = TimeSpan.Zero });
        rig.Notify([.. Enumerable.Range(0, 5).Select(i => ChannelRig.Notice("h" + i) with { Severity = i == 4 ? AlertSeverity.Critical : AlertSeverity.Info })]);
        await rig.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(2, rig.Delivered.Count);
        Assert.Equal("host:h4", rig.Delivered[0].Alerts[0].Instance);
        Assert.Equal(3, rig.Events.Count(e => e.Suppression == SuppressionReason.RateLimit));
        await rig.RunAsync(TimeSpan.FromSeconds(31));
        Assert.Equal(3, rig.Delivered.Count);
        await rig.RunAsync(TimeSpan.FromSeconds(62));
        Assert.Equal(5, rig.Delivered.Count);
        Assert.Equal(3, rig.Events.Count(e => e.Suppression == SuppressionReason.RateLimit));
    }

    [Fact]
    public async Task Tick_Disabled_SendsNothingUntilItIsEnabled()
    {
        var rig = new ChannelRig(ChannelRig.Some() with { Enabled = false });
        rig.Notify(ChannelRig.Notice("a"));
        await rig.RunAsync(10 * s_minute);
        Assert.Empty(rig.Delivered);
        Assert.Equal(SuppressionReason.ChannelDisabled, Assert.Single(rig.Events).Suppression);
        rig.Edit(c => c with { Enabled = true });
        await rig.RunAsync(s_minute);
        Assert.Single(rig.Delivered);
    }

    [Fact]
    public async Task FailureNotice_FiveFailuresInARow_BeginsAndSurvivesARestart()
    {
        var rig = new ChannelRig(ChannelRig.Some() with { Grouping = NotificationGrouping.Instance, GroupWait = TimeSpan.Zero });
        rig.Notify([.. Enumerable.Range(0, 5).Select(i => ChannelRig.Notice("h" + i))]);
        await rig.TickAsync();
        for (int i = 0; i < 5; i++)
        {
            Assert.Null(rig.Grain.FailureNotice(rig.Now));
            rig.Save(rig.Grain.Complete(rig.Grain.NextDue(rig.Now)!.Id, SendOutcome.Retry("500"), rig.Now));
        }
        AlertNotice before = rig.Grain.FailureNotice(rig.Now)!;
        Assert.True(before is { Severity: AlertSeverity.Critical, IsAlerting: true });
        rig.Crash();
        Assert.Equal(before.IncidentKey, rig.Grain.FailureNotice(rig.Now)!.IncidentKey);
    }

    [Fact]
    public async Task Tick_ClockSetBack_GoesOnTelling()
    {
        var rig = new ChannelRig();
        rig.Notify(ChannelRig.Notice("a"));
        await rig.RunAsync(s_minute);
        rig.Now -= 3_600_000;
        rig.Notify(ChannelRig.Notice("b", rig.Now));
        await rig.RunAsync(6 * s_minute);
        Assert.Equal(2, rig.Delivered.Count);
    }

    [Fact]
    public void Notify_OnlyNewerValues_NeedNotBeSaved()
    {
        var rig = new ChannelRig();
        Assert.True(rig.Grain.Notify([ChannelRig.Notice("a")], rig.Now).MustSave);
        Assert.False(rig.Grain.Notify([ChannelRig.Notice("a") with { Value = 1, AtMs = rig.Now + 60_000 }], rig.Now + 60_000).MustSave);
        Assert.Equal(1, Assert.Single(rig.Grain.Alerting).Value);
        Assert.True(rig.Grain.Notify([ChannelRig.Notice("a") with { Status = AlertStatus.NoData }], rig.Now).MustSave);
    }
}
