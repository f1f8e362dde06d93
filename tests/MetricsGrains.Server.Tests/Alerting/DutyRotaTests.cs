using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting;

namespace MetricsGrains.Server.Tests.Alerting;

/// <summary>Which of several nodes on one store evaluates its rules.</summary>
public sealed class DutyRotaTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    private AlertingRig _rig = null!;
    private AlertRule _rule = null!;

    public async Task InitializeAsync()
    {
        _rig = await AlertingRig.StartAsync();
        await _rig.AddChannelAsync("ops");
        _rule = await _rig.AddRuleAsync();
        await _rig.StopHostsAsync();
    }

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    [Fact]
    public async Task Start_NobodyHasTheLease_Evaluates()
    {
        await using var rota = new DutyRota(new FakeLease(), _rig.Parts());
        await rota.StartAsync(s_none);
        Assert.Null(rota.StandBy);
        Assert.Single(rota.Duty!.Rules.Turns);
    }

    [Fact]
    public async Task Start_AnotherNodeHasTheLease_StandsByAndTakesOverWhenItIsFree()
    {
        var lease = new FakeLease { IsFree = false };
        await using var rota = new DutyRota(lease, _rig.Parts());
        await rota.StartAsync(s_none);
        Assert.Equal((true, "another node evaluates the rules of this store"), (rota.Duty is null, rota.StandBy));
        await rota.LookAsync(s_none);
        Assert.Null(rota.Duty);
        // What the other one has saved in the meantime is what it goes on from.
        await _rig.Store.SaveRuleStateAsync(new AlertRuleState(_rule.Id, 1, [], new RuleMute(long.MaxValue, "ann", "rack is moved"), null, 0), [], s_none);
        lease.IsFree = true;
        await rota.LookAsync(s_none);
        Assert.Null(rota.StandBy);
        Assert.Equal("ann", rota.Duty!.Rules.Find(_rule.Id)!.Standing.State.Mute!.By);
    }

    [Fact]
    public async Task TakeOver_DeadMansSwitch_WaitsForSourcesToFindTheirWay()
    {
        var job = new AlertRule { Id = Guid.NewGuid(), Name = "Job", Type = AlertRuleType.DeadMan, MetricName = "job.done", WindowMinutes = 5, CreatedAtMs = AlertingRig.Start - 86_400_000 };
        await _rig.Store.SaveRuleAsync(job, new AlertEvent { AtMs = _rig.Clock.NowMs, Kind = AlertEventKind.RuleCreated }, s_none);
        var lease = new FakeLease { IsFree = false };
        await using var rota = new DutyRota(lease, _rig.Parts());
        await rota.StartAsync(s_none);
        lease.IsFree = true;
        await rota.LookAsync(s_none);
        RuleShell shell = rota.Duty!.Rules.Find(job.Id)!;
        for (int minute = 0; minute < 7; minute++)
        {
            _rig.Clock.Advance(TimeSpan.FromMinutes(1));
            await shell.EvaluateAsync(s_none);
            Assert.Equal(minute < 5 ? AlertPhase.Inactive : AlertPhase.Firing, shell.Standing.State.Instances[0].State.Phase);
        }
        Assert.DoesNotContain(await _rig.EventsAsync(job), e => e.Kind == AlertEventKind.EvaluationMissed);
    }

    [Fact]
    public async Task Look_StoreDoesNotAnswer_WhoEvaluatesGoesOn()
    {
        var lease = new FakeLease();
        await using var rota = new DutyRota(lease, _rig.Parts());
        await rota.StartAsync(s_none);
        lease.Failure = new StoreUnavailableException("gone");
        await rota.LookAsync(s_none);
        Assert.NotNull(rota.Duty);
        lease.Hangs = true;
        Task look = rota.LookAsync(s_none);
        Assert.False(look.IsCompleted);
        _rig.Clock.Advance(TimeSpan.FromSeconds(30));
        await look.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.NotNull(rota.Duty);
    }

    [Fact]
    public async Task Look_AnotherNodeHasTakenOver_StopsAndWritesNothingOverItsStates()
    {
        var lease = new FakeLease();
        await using var rota = new DutyRota(lease, _rig.Parts());
        await rota.StartAsync(s_none);
        await rota.Duty!.Rules.Find(_rule.Id)!.MuteAsync(new RuleMute(long.MaxValue, "ann", ""), "ann", s_none);
        _rig.Store.Fails = true;
        await rota.Duty.Rules.Find(_rule.Id)!.MuteAsync(null, "ann", s_none);
        _rig.Store.Fails = false;
        lease.IsFree = false;
        await rota.LookAsync(s_none);
        Assert.Null(rota.Duty);
        Assert.Equal("ann", (await _rig.Store.ReadRuleStateAsync(_rule.Id, s_none))!.Mute?.By);
    }

    [Fact]
    public async Task Stop_InOrder_SavesWhatIsLeftBeforeTheLeaseIsFree()
    {
        var lease = new FakeLease();
        var rota = new DutyRota(lease, _rig.Parts());
        await rota.StartAsync(s_none);
        _rig.Store.Fails = true;
        await rota.Duty!.Rules.Find(_rule.Id)!.MuteAsync(new RuleMute(long.MaxValue, "ann", ""), "ann", s_none);
        _rig.Store.Fails = false;
        _rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Task<AlertRuleState?>? atTheEnd = null;
        lease.Released = () => atTheEnd = _rig.Store.ReadRuleStateAsync(_rule.Id, s_none);
        await rota.DisposeAsync();
        Assert.Equal("ann", (await atTheEnd!)!.Mute?.By);
    }

    [Fact]
    public async Task Look_AnotherNodeEdited_IsFoundWithinHalfAMinute()
    {
        await using var rota = new DutyRota(new FakeLease(), _rig.Parts());
        await rota.StartAsync(s_none);
        var edit = new AlertEvent { AtMs = _rig.Clock.NowMs, Kind = AlertEventKind.RuleEdited };
        await _rig.Store.SaveRuleAsync(_rule with { Version = 2, Threshold = 5 }, edit, s_none);
        var made = new AlertRule { Id = Guid.NewGuid(), Name = "made elsewhere", MetricName = "m", Channels = ["night"] };
        await _rig.Store.SaveRuleAsync(made, edit, s_none);
        await _rig.Store.SaveChannelAsync(new Channel { Id = Guid.NewGuid(), Name = "night", Type = ChannelType.Webhook }, edit, s_none);
        _rig.Clock.Advance(TimeSpan.FromSeconds(30));
        await rota.LookAsync(s_none);
        Assert.Equal(5, rota.Duty!.Rules.Find(_rule.Id)!.Rule.Threshold);
        Assert.False(rota.Duty.Rules.Find(made.Id)!.IsMissingChannels);

        await _rig.Store.DeleteRuleAsync(made.Id, null, edit, s_none);
        _rig.Clock.Advance(TimeSpan.FromSeconds(30));
        await rota.LookAsync(s_none);
        Assert.Null(rota.Duty.Rules.Find(made.Id));
    }

    [Fact]
    public async Task Grains_OfANodeThatStandsBy_ShowWhatWasSavedAndRefuseTheRest()
    {
        var grains = new AlertHost(() => null, _rig.Store);
        Assert.Equal(_rule.Id, Assert.Single(await grains.ListRulesAsync(s_none)).Rule.Id);
        Assert.Equal(_rule.Id, (await grains.DescribeRuleAsync(_rule.Id, s_none))!.Rule.Id);
        await grains.ReloadRuleAsync(_rule.Id, s_none);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await grains.MuteAsync(_rule.Id, null, "ann", s_none));
    }

    /// <summary>A lease that somebody else has, or nobody can ask for, as the test says.</summary>
    private sealed class FakeLease : IEvaluationLease
    {
        public bool IsFree { get; set; } = true;

        public bool Hangs { get; set; }

        public Exception? Failure { get; set; }

        public Action Released { get; set; } = () => { };

        public bool IsShared => true;

        public async Task<bool> TryHoldAsync(CancellationToken cancel)
        {
            if (Hangs)
            {
                await new TaskCompletionSource().Task.WaitAsync(cancel);
            }
            return Failure is null ? IsFree : throw Failure;
        }

        public ValueTask DisposeAsync()
        {
            Released();
            return ValueTask.CompletedTask;
        }
    }
}
