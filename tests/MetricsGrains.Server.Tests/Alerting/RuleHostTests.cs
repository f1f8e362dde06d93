using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting;

namespace MetricsGrains.Server.Tests.Alerting;

/// <summary>What becomes of rules and their alerts whatever happens to the process, its clock and its store.</summary>
public sealed class RuleHostTests : IAsyncLifetime
{
    private static readonly TimeSpan s_round = TimeSpan.FromMinutes(1);

    private AlertingRig _rig = null!;

    public async Task InitializeAsync() => _rig = await AlertingRig.StartAsync();

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    [Fact]
    public async Task Restart_WhileFiring_GoesOnAndTellsNothingTwice()
    {
        await _rig.AddChannelAsync("ops");
        AlertRule rule = await _rig.AddRuleAsync();
        _rig.Source.Set("cpu", 97);
        await _rig.RunAsync(s_round);
        long? incident = _rig.Instance(rule).State.IncidentMs;
        for (int i = 0; i < 3; i++)
        {
            await _rig.RestartAsync();
            await _rig.RunAsync(s_round);
        }
        Assert.Equal((AlertPhase.Firing, incident), (_rig.Instance(rule).State.Phase, _rig.Instance(rule).State.IncidentMs));
        Assert.Equal(["ops: Fired CPU is hot"], _rig.Receivers.Taken);

        _rig.Source.Set("cpu", 1);
        await _rig.RunAsync(s_round);
        await _rig.RestartAsync();
        await _rig.RunAsync(s_round);
        Assert.Equal(["ops: Fired CPU is hot", "ops: Resolved CPU is hot"], _rig.Receivers.Taken);
    }

    [Fact]
    public async Task Restart_WhilePending_ForGoesOnFromWhenItBegan()
    {
        await _rig.AddChannelAsync("ops");
        AlertRule rule = await _rig.AddRuleAsync(change: r => r with { For = TimeSpan.FromMinutes(10) });
        _rig.Source.Set("cpu", 97);
        await _rig.RunAsync(TimeSpan.FromMinutes(6));
        long? since = _rig.Instance(rule).State.PendingSinceMs;
        await _rig.RestartAsync();
        Assert.Equal((AlertPhase.Pending, since), (_rig.Instance(rule).State.Phase, _rig.Instance(rule).State.PendingSinceMs));
        await _rig.RunAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(AlertPhase.Firing, _rig.Instance(rule).State.Phase);
        Assert.InRange(_rig.Instance(rule).State.IncidentMs!.Value - since!.Value, 600_000, 660_000);
    }

    [Fact]
    public async Task Restart_BetweenTheRulesEndAndTheMessage_StillTellsTheEnd()
    {
        await _rig.AddChannelAsync("ops");
        AlertRule rule = await _rig.AddRuleAsync();
        _rig.Source.Set("cpu", 97);
        await _rig.RunAsync(s_round);
        _rig.Receivers.Answers["ops"] = SendOutcome.Retry("503");
        _rig.Source.Set("cpu", 1);
        await _rig.RunAsync(s_round);
        await _rig.RestartAsync();
        _rig.Receivers.Answers.Clear();
        await _rig.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(["ops: Fired CPU is hot", "ops: Resolved CPU is hot"], _rig.Receivers.Taken);
        Assert.Equal(AlertPhase.Resolved, _rig.Instance(rule).State.Phase);
    }

    [Fact]
    public async Task Evaluate_DataCannotBeRead_IsAnErrorAndNeverTheEndOfAnAlert()
    {
        await _rig.AddChannelAsync("ops");
        AlertRule rule = await _rig.AddRuleAsync();
        AlertRule calm = await _rig.AddRuleAsync("Calm", r => r with { MetricName = "idle" });
        _rig.Source.Set("cpu", 97);
        _rig.Source.Set("idle", 1);
        await _rig.RunAsync(s_round);
        _rig.Source.Failure = new StoreUnavailableException("gone");
        await _rig.RunAsync(TimeSpan.FromMinutes(30));
        Assert.Equal((AlertPhase.Error, AlertPhase.Firing), (_rig.Instance(rule).State.Phase, _rig.Instance(rule).State.Held));
        Assert.Equal((AlertPhase.Error, AlertPhase.Inactive), (_rig.Instance(calm).State.Phase, _rig.Instance(calm).State.Held));
        Assert.Equal("gone", _rig.Rules.Find(rule.Id)!.Standing.Problem);
        Assert.Equal(["ops: Fired CPU is hot"], _rig.Receivers.Taken);
        Assert.Equal(60, _rig.Failures);
        // And the heartbeat has nothing to vouch for.
        Assert.InRange(_rig.Clock.NowMs - _rig.Scheduler.LastSoundMs, 29 * 60_000, 31 * 60_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Clock_IsSetByAnHourWhilePendingAndFiring_ClocksGoOnAndNothingIsToldTwice(int hours)
    {
        await _rig.AddChannelAsync("ops", c => c with { Grouping = NotificationGrouping.Instance });
        AlertRule firing = await _rig.AddRuleAsync();
        AlertRule pending = await _rig.AddRuleAsync("Disk fills", r => r with { MetricName = "disk", For = TimeSpan.FromMinutes(10) });
        _rig.Source.Set("cpu", 97);
        _rig.Source.Set("disk", 97);
        await _rig.RunAsync(TimeSpan.FromMinutes(5));
        _rig.Clock.Set(TimeSpan.FromHours(hours));
        await _rig.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(AlertPhase.Pending, _rig.Instance(pending).State.Phase);
        Assert.Equal(AlertPhase.Firing, _rig.Instance(firing).State.Phase);
        await _rig.RunAsync(TimeSpan.FromMinutes(4));
        Assert.Equal(AlertPhase.Firing, _rig.Instance(pending).State.Phase);
        Assert.Equal(["ops: Fired CPU is hot", "ops: Fired Disk fills"], _rig.Receivers.Taken);
        _rig.Source.Set("cpu", 1);
        _rig.Source.Set("disk", 1);
        await _rig.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(["ops: Resolved CPU is hot", "ops: Resolved Disk fills"], _rig.Receivers.Taken.Skip(2).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Store_FailsWhileFiring_PagesAllTheSameAndSavesWhenItIsBack()
    {
        await _rig.AddChannelAsync("ops");
        AlertRule rule = await _rig.AddRuleAsync();
        await _rig.RunAsync(s_round);
        _rig.Store.Fails = true;
        _rig.Source.Set("cpu", 97);
        await _rig.RunAsync(s_round);
        Assert.Equal(["ops: Fired CPU is hot"], _rig.Receivers.Taken);
        Assert.Equal("the test says so", _rig.Patience.Problem);
        Assert.True(_rig.Patience.Failures > 0);
        Assert.False(_rig.Rules.Find(rule.Id)!.IsSaved);
        Assert.Equal(1, _rig.Channels.Unsaved);

        _rig.Store.Fails = false;
        // Less than an interval: nobody waits for the rule's next turn.
        await _rig.RunAsync(TimeSpan.FromSeconds(35));
        Assert.Equal(("", true, 0), (_rig.Patience.Problem, _rig.Rules.Find(rule.Id)!.IsSaved, _rig.Channels.Unsaved));
        await _rig.RestartAsync();
        await _rig.RunAsync(s_round);
        Assert.Equal(AlertPhase.Firing, _rig.Instance(rule).State.Phase);
        Assert.Equal(["ops: Fired CPU is hot"], _rig.Receivers.Taken);
        Assert.Single(await _rig.EventsAsync(rule, AlertEventKind.NotificationSent));
    }

    [Fact]
    public async Task Store_Hangs_PagesWithinSecondsAndTriesEverLessOften()
    {
        await _rig.AddChannelAsync("ops");
        AlertRule rule = await _rig.AddRuleAsync();
        await _rig.RunAsync(s_round);
        _rig.Source.Set("cpu", 97);
        _rig.Store.Hangs = true;
        long hungAt = _rig.Clock.NowMs;
        for (int i = 0; i < 200 && _rig.Receivers.Taken.Count == 0; i++)
        {
            await _rig.RunAsync(TimeSpan.FromSeconds(1));
        }
        // Its turn within a minute, and not more than the five seconds that the store is given, with some for the test's own steps.
        Assert.Equal(["ops: Fired CPU is hot"], _rig.Receivers.Taken);
        Assert.InRange(_rig.Clock.NowMs - hungAt, 0, 60_000 + 10_000);
        Assert.Contains("did not answer within 5 s", _rig.Patience.Problem, StringComparison.Ordinal);

        int calls = _rig.Store.Calls, looks = _rig.Source.Looks.Count;
        await _rig.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(looks + 3, _rig.Source.Looks.Count);
        Assert.InRange(_rig.Store.Calls - calls, 0, 8);

        _rig.Store.Hangs = false;
        // The calls that hung end on other threads, in their own time.
        for (int second = 0; second < 1_000 && !(_rig.Patience.Problem.Length == 0 && _rig.Rules.Find(rule.Id)!.IsSaved && _rig.Channels.Unsaved == 0); second++)
        {
            await _rig.RunAsync(TimeSpan.FromSeconds(1));
            await Task.Delay(10);
        }
        Assert.Equal(("", true, 0), (_rig.Patience.Problem, _rig.Rules.Find(rule.Id)!.IsSaved, _rig.Channels.Unsaved));
        await _rig.RestartAsync();
        await _rig.RunAsync(s_round);
        Assert.Equal(["ops: Fired CPU is hot"], _rig.Receivers.Taken);
    }

    [Fact]
    public async Task Orphans_ChannelTakesForGoingOnWhatNoRuleTells_AreEndedWhileTheNodeRuns()
    {
        Channel ops = await _rig.AddChannelAsync("ops");
        AlertRule rule = await _rig.AddRuleAsync(change: r => r with { GroupBy = ["host"] });
        _rig.Source.Set("cpu", 97, "a");
        await _rig.RunAsync(s_round);
        AlertNotice told = _rig.Receivers.Messages[0].Alerts[0];
        // As after a crash between the rule's last word and the channel's hearing it: of a group that is gone, and of a rule that is.
        await _rig.Channels.NotifyAsync(ops.Id, [told with { IncidentMs = told.IncidentMs - 5_000, RuleName = "Group is gone" }, told with { RuleId = Guid.NewGuid(), RuleName = "Rule is gone" }], CancellationToken.None);
        await _rig.RunAsync(TimeSpan.FromSeconds(5));
        Assert.Contains("ops: Fired Group is gone, Rule is gone", _rig.Receivers.Taken);
        await _rig.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Contains(_rig.Receivers.Messages, m => m.Alerts.Count(a => a.Status == AlertStatus.Resolved && a.RuleName is "Group is gone" or "Rule is gone") == 2);
        Assert.Equal(AlertPhase.Firing, _rig.Instance(rule, "host:a").State.Phase);
        Assert.True(Assert.Single(_rig.Receivers.Messages[^1].Alerts, a => a.RuleName == rule.Name).IsAlerting);
    }

    [Fact]
    public async Task Orphans_RuleWasDeletedOrDisabledWhileTheNodeWasDown_AreEndedAtTheStart()
    {
        await _rig.AddChannelAsync("ops");
        AlertRule deleted = await _rig.AddRuleAsync("Deleted");
        AlertRule disabled = await _rig.AddRuleAsync("Disabled");
        _rig.Source.Set("cpu", 97);
        await _rig.RunAsync(s_round);
        var edit = new AlertEvent { AtMs = _rig.Clock.NowMs, Kind = AlertEventKind.RuleDeleted };
        await _rig.Store.DeleteRuleAsync(deleted.Id, null, edit, CancellationToken.None);
        await _rig.Store.SaveRuleAsync(disabled with { Version = 2, Enabled = false }, edit, CancellationToken.None);
        await _rig.RestartAsync();
        await _rig.RunAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("ops: Resolved Deleted, Disabled", _rig.Receivers.Taken[^1]);
    }

    [Fact]
    public async Task Delete_EvaluationWaitsForItsTurn_DoesNotBeginAnew()
    {
        await _rig.AddChannelAsync("ops");
        AlertRule rule = await _rig.AddRuleAsync();
        _rig.Source.Set("cpu", 97);
        await _rig.RunAsync(s_round);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Source.Gate = gate.Task;
        RuleShell shell = _rig.Rules.Find(rule.Id)!;
        Task<bool> under = shell.EvaluateAsync(CancellationToken.None);
        Task delete = shell.DeleteAsync(CancellationToken.None), waiting = shell.EvaluateAsync(CancellationToken.None);
        gate.SetResult();
        await Task.WhenAll(under, delete, waiting);
        for (int second = 0; second < 5; second++)
        {
            _rig.Clock.Advance(TimeSpan.FromSeconds(1));
            _rig.Channels.Look(CancellationToken.None);
            await _rig.Channels.SettledAsync();
        }
        Assert.Equal(["ops: Fired CPU is hot", "ops: Resolved CPU is hot"], _rig.Receivers.Taken);
        Assert.Null(await _rig.Store.ReadRuleStateAsync(rule.Id, CancellationToken.None));
    }

    [Fact]
    public async Task Rule_ItsChannelWasDeleted_SaysSoAndTellsTheFallback()
    {
        Channel night = await _rig.AddChannelAsync("night");
        Channel ops = await _rig.AddChannelAsync("ops", c => c with { FallbackId = night.Id });
        await _rig.AddChannelAsync("chat", c => c with { FallbackId = night.Id });
        AlertRule rule = await _rig.AddRuleAsync(change: r => r with { Channels = [ops.Id.ToString()] });
        await _rig.RunAsync(s_round);
        await _rig.DeleteChannelAsync(ops);
        _rig.Source.Set("cpu", 97);
        await _rig.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(["night: Fired CPU is hot"], _rig.Receivers.Taken);
        Assert.True(_rig.Rules.Find(rule.Id)!.IsMissingChannels);
        Assert.Equal($"there is no channel '{ops.Id}': night is told instead", _rig.Rules.Find(rule.Id)!.Standing.Problem);
        AlertEvent said = Assert.Single(await _rig.EventsAsync(rule, AlertEventKind.ChannelMissing));
        Assert.Contains("night", said.Detail, StringComparison.Ordinal);

        await _rig.RestartAsync();
        await _rig.RunAsync(s_round);
        Assert.Single(await _rig.EventsAsync(rule, AlertEventKind.ChannelMissing));
        await _rig.EditRuleAsync(rule with { Version = 2, Channels = ["chat"] });
        await _rig.RunAsync(s_round);
        Assert.False(_rig.Rules.Find(rule.Id)!.IsMissingChannels);
        Assert.Equal(["night: Fired CPU is hot", "night: Resolved CPU is hot", "chat: Fired CPU is hot"], _rig.Receivers.Taken.OrderByDescending(t => t.StartsWith('n')));
    }
}
