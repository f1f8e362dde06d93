using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting;
using MetricsGrains.Server.Alerting.Cluster;

namespace MetricsGrains.Server.Tests.Alerting.Cluster;

/// <summary>Rules and channels as grains: activations come and go, and who is told what does not depend on it.</summary>
public sealed class ClusterMembersTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    private AlertingRig _rig = null!;
    private FakeAlertCluster _cluster = null!;
    private FakeSilo _first = null!;
    private FakeSilo _second = null!;
    private Channel _ops = null!;
    private AlertRule _rule = null!;

    public async Task InitializeAsync()
    {
        _rig = await AlertingRig.StartAsync();
        _cluster = new FakeAlertCluster(_rig);
        _first = _cluster.Start("one");
        _second = _cluster.Start("two");
        _ops = new Channel { Id = Guid.NewGuid(), Name = "ops", Type = ChannelType.Webhook, GroupWait = TimeSpan.Zero, GroupInterval = TimeSpan.Zero };
        _rule = new AlertRule { Id = Guid.NewGuid(), Name = "CPU is hot", MetricName = "cpu", Threshold = 90, Channels = ["ops"], CreatedAtMs = _rig.Clock.NowMs };
        var edit = new AlertEvent { AtMs = _rig.Clock.NowMs, Kind = AlertEventKind.RuleEdited, By = "test" };
        await _rig.Store.SaveChannelAsync(_ops, edit, s_none);
        await _rig.Store.SaveRuleAsync(_rule, edit, s_none);
        await _first.Members.Channels.RefreshAsync(s_none);
        await _second.Members.Channels.RefreshAsync(s_none);
    }

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    [Fact]
    public async Task Kill_TheSiloOfAFiringRuleAndItsChannel_OthersGoOnAndTellNothingTwice()
    {
        _rig.Source.Set("cpu", 97);
        await EvaluateAsync();
        await _cluster.DeliverAsync();
        _cluster.Kill(_first);
        _cluster.Home = _second;
        await EvaluateAsync();
        await _cluster.DeliverAsync();
        Assert.Equal(["ops: Fired CPU is hot"], _rig.Receivers.Taken);
        _rig.Source.Set("cpu", 1);
        await EvaluateAsync();
        await _cluster.DeliverAsync();
        Assert.Equal(["ops: Fired CPU is hot", "ops: Resolved CPU is hot"], _rig.Receivers.Taken);
    }

    [Fact]
    public async Task Evaluate_AnotherActivationHasWritten_TellsNobodyAndLeavesNoTraceInTheHistory()
    {
        RuleMember stale = await _first.ActivateRuleAsync(_rule.Id);
        RuleMember current = await _second.ActivateRuleAsync(_rule.Id);
        _rig.Source.Set("cpu", 97);
        Assert.True(await current.Shell!.EvaluateAsync(s_none));
        _rig.Clock.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<SupersededException>(() => stale.Shell!.EvaluateAsync(s_none));
        await _cluster.DeliverAsync();
        Assert.Equal(["ops: Fired CPU is hot"], _rig.Receivers.Taken);
        Assert.Single(await _rig.EventsAsync(_rule, AlertEventKind.StateChanged));
        // Nor later, when it has nothing new to say.
        await Assert.ThrowsAsync<SupersededException>(() => stale.Shell!.EvaluateAsync(s_none));
    }

    [Fact]
    public async Task Save_TheProcessEndsBetweenItsTwoWrites_TheNextActivationBringsHistoryAndMessages()
    {
        _rig.Source.Set("cpu", 97);
        RuleMember rule = await _first.ActivateRuleAsync(_rule.Id);
        ChannelMember channel = await _first.ActivateChannelAsync(_ops.Id);
        _rig.Store.Fails = true;
        // The grain storage takes it, the alert store does not.
        await rule.Shell!.EvaluateAsync(s_none);
        Assert.False(rule.Shell.IsSaved);
        _rig.Store.Fails = false;
        _cluster.Kill(_first);
        _cluster.Home = _second;
        Assert.Empty(await _rig.EventsAsync(_rule, AlertEventKind.StateChanged));

        RuleMember next = await _cluster.RuleAsync(_rule.Id);
        Assert.Single(await _rig.EventsAsync(_rule, AlertEventKind.StateChanged));
        Assert.Equal(AlertPhase.Firing, Assert.Single(next.Shell!.Standing.State.Instances).State.Phase);
        await _cluster.DeliverAsync();
        Assert.Equal(["ops: Fired CPU is hot"], _rig.Receivers.Taken);
    }

    [Fact]
    public async Task Save_OfAMessageThatWasOnlyHalfSaved_IsSentUnderItsId()
    {
        ChannelMember channel = await _first.ActivateChannelAsync(_ops.Id);
        var tags = TagSet.Of(("host", "a"));
        var notice = new AlertNotice { RuleId = _rule.Id, RuleName = _rule.Name, Severity = AlertSeverity.Warning, MetricName = "cpu", Tags = tags, Status = AlertStatus.Firing, IncidentMs = _rig.Clock.NowMs, AtMs = _rig.Clock.NowMs, Message = "hot" };
        await channel.Shell!.NotifyAsync([notice], s_none);
        _rig.Receivers.Answers["ops"] = SendOutcome.Retry("503");
        _rig.Store.Fails = true;
        await channel.Shell.RunAsync(s_none);
        Guid made = AlertEnvelope<ChannelState>.Decode(_cluster.States.Open("channel", _ops.Id).Initial)!.Messages.Single().Id;
        _rig.Store.Fails = false;
        _cluster.Kill(_first);
        _cluster.Home = _second;
        _rig.Receivers.Answers.Clear();

        await _cluster.ChannelAsync(_ops.Id);
        _rig.Clock.Advance(TimeSpan.FromMinutes(5));
        await _cluster.DeliverAsync();
        Assert.Equal(made, Assert.Single(_rig.Receivers.Messages).Id);
        Assert.Equal(OutboxStatus.Sent, (await _rig.Store.FindMessageAsync(made, s_none))!.Status);
    }

    [Fact]
    public async Task Activate_ANodeWithoutAClusterEvaluatedSince_GoesOnFromThere()
    {
        _rig.Source.Set("cpu", 97);
        await EvaluateAsync();
        await _cluster.DeliverAsync();
        _cluster.Kill(_first);
        _cluster.Kill(_second);
        await _rig.RestartAsync();
        _rig.Source.Set("cpu", 1);
        await _rig.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(["ops: Fired CPU is hot", "ops: Resolved CPU is hot"], _rig.Receivers.Taken);
        await _rig.StopHostsAsync();

        FakeSilo third = _cluster.Start("three");
        _cluster.Home = third;
        await third.Members.Channels.RefreshAsync(s_none);
        RuleMember rule = await _cluster.RuleAsync(_rule.Id);
        Assert.Equal(AlertPhase.Resolved, Assert.Single(rule.Shell!.Standing.State.Instances).State.Held);
        await EvaluateAsync();
        await _cluster.DeliverAsync();
        Assert.Equal(2, _rig.Receivers.Taken.Count);
        await _rig.RestartAsync();
    }

    [Fact]
    public async Task Wake_TwiceInAnInterval_EvaluatesOnce()
    {
        RuleMember rule = await _first.ActivateRuleAsync(_rule.Id);
        rule.Wake();
        rule.Wake();
        _rig.Clock.Advance(TimeSpan.FromSeconds(20));
        rule.Wake();
        await rule.CloseAsync();
        Assert.Single(_rig.Source.Looks);
    }

    [Fact]
    public async Task Figures_ItsReminderDoesNotCome_TheRuleIsDueThenLate()
    {
        RuleMember rule = await _first.ActivateRuleAsync(_rule.Id);
        Assert.Equal(new RuleFigures(1, 0, 0, 0), _first.Members.Figures());
        _rig.Clock.Advance(rule.UntilTurn() + TimeSpan.FromSeconds(10));
        Assert.Equal(new RuleFigures(1, 1, 0, 10_000), _first.Members.Figures());
        _rig.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(new RuleFigures(1, 1, 1, 20_000), _first.Members.Figures());
        rule.Wake();
        Assert.Equal(new RuleFigures(1, 0, 0, 0), _first.Members.Figures());
    }

    [Fact]
    public async Task Delete_TheRule_EndsItsAlertAndLeavesNoState()
    {
        _rig.Source.Set("cpu", 97);
        await EvaluateAsync();
        await _cluster.DeliverAsync();
        Assert.True(_cluster.States.Has("alert", _rule.Id));
        await _rig.Store.DeleteRuleAsync(_rule.Id, null, new AlertEvent { AtMs = _rig.Clock.NowMs, Kind = AlertEventKind.RuleDeleted }, s_none);
        RuleMember rule = await _cluster.RuleAsync(_rule.Id);
        RuleReply reply = AlertWire.Decode<RuleReply>(await rule.AskAsync(AlertWire.Encode(new RuleRequest(RuleCall.Reload)), s_none));
        Assert.Null(reply.Standing);
        Assert.False(rule.IsEvaluated);
        await _cluster.DeliverAsync();
        Assert.Equal(["ops: Fired CPU is hot", "ops: Resolved CPU is hot"], _rig.Receivers.Taken);
        Assert.False(_cluster.States.Has("alert", _rule.Id));
        Assert.Null(await _rig.Store.ReadRuleStateAsync(_rule.Id, s_none));
    }

    [Fact]
    public async Task EndOrphans_TheRulesLastWordGotLost_IsEndedAtTheSecondLook()
    {
        _rig.Source.Set("cpu", 97);
        await EvaluateAsync();
        await _cluster.DeliverAsync();
        await _rig.Store.DeleteRuleAsync(_rule.Id, null, new AlertEvent { AtMs = _rig.Clock.NowMs, Kind = AlertEventKind.RuleDeleted }, s_none);
        _first.Members.Remove(_first.Members.FindRule(_rule.Id)!);
        ChannelMember channel = await _cluster.ChannelAsync(_ops.Id);
        await channel.EndOrphansAsync(_first, s_none);
        await _cluster.DeliverAsync();
        Assert.Single(_rig.Receivers.Taken);
        await channel.EndOrphansAsync(_first, s_none);
        await _cluster.DeliverAsync();
        Assert.Equal("ops: Resolved CPU is hot", _rig.Receivers.Taken[^1]);
        Assert.Equal("the rule was deleted", _rig.Receivers.Messages[^1].Alerts.Single().Message);
    }

    [Fact]
    public async Task Grains_FromEverySilo_SayTheSameAndReachTheSame()
    {
        _rig.Source.Set("cpu", 97);
        _cluster.Home = _second;
        await EvaluateAsync();
        foreach (FakeSilo silo in new[] { _first, _second })
        {
            var grains = new ClusterAlertGrains(silo, silo.Members.Channels, _rig.Store, () => [_rule.Id], () => true, _rig.Clock);
            Assert.Equal(AlertPhase.Firing, Assert.Single(Assert.Single(await grains.ListRulesAsync(s_none)).State.Instances).State.Phase);
            Assert.Equal(AlertPhase.Firing, Assert.Single((await grains.DescribeRuleAsync(_rule.Id, s_none))!.State.Instances).State.Phase);
            Assert.Null(await grains.DescribeRuleAsync(Guid.NewGuid(), s_none));
            Assert.True(await grains.AcknowledgeAsync(_rule.Id, TagSet.Empty, new Acknowledgement("ann", _rig.Clock.NowMs, ""), s_none));
            Assert.False(await grains.AcknowledgeAsync(_rule.Id, TagSet.Of(("host", "b")), new Acknowledgement("ann", _rig.Clock.NowMs, ""), s_none));
            Assert.Equal(SendResult.Delivered, (await grains.SendTestAsync(_ops.Id, s_none))!.Result);
            Assert.Null(await grains.SendTestAsync(Guid.NewGuid(), s_none));
        }
        // Its silo is gone and nobody has it yet: as it was saved.
        _cluster.Kill(_second);
        var left = new ClusterAlertGrains(_first, _first.Members.Channels, _rig.Store, () => [_rule.Id], () => true, _rig.Clock);
        Assert.Equal(AlertPhase.Firing, Assert.Single(Assert.Single(await left.ListRulesAsync(s_none)).State.Instances).State.Phase);
        var standing = new ClusterAlertGrains(_first, _first.Members.Channels, _rig.Store, () => [], () => false, _rig.Clock);
        Assert.Equal(_rule.Id, Assert.Single(await standing.ListRulesAsync(s_none)).Rule.Id);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await standing.MuteAsync(_rule.Id, null, "ann", s_none));
    }

    private async Task EvaluateAsync()
    {
        _rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await (await _cluster.RuleAsync(_rule.Id)).Shell!.EvaluateAsync(s_none);
    }
}
