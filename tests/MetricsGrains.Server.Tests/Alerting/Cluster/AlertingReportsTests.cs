using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting.Cluster;

namespace MetricsGrains.Server.Tests.Alerting.Cluster;

/// <summary>What a silo makes of what the others say, and of their silence.</summary>
public sealed class AlertingReportsTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    private AlertingRig _rig = null!;
    private FakeAlertCluster _cluster = null!;
    private FakeSilo _one = null!;
    private FakeSilo _two = null!;

    public async Task InitializeAsync()
    {
        _rig = await AlertingRig.StartAsync();
        _rig.Source.UninterruptedSinceMs = AlertingRig.Start - 3_600_000;
        _cluster = new FakeAlertCluster(_rig);
        _one = _cluster.Start("one");
        _two = _cluster.Start("two");
    }

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    [Fact]
    public void Continuity_IsThatOfTheSiloThatWasInterruptedLast()
    {
        // One that never said anything does not listen yet.
        Assert.Equal(AlertingRig.Start - 3_600_000, _one.Reports.UninterruptedSinceMs);
        _one.Reports.Take(_two.Self, Report(uninterruptedForMs: 60_000, "suspended for 5m"));
        Assert.Equal(AlertingRig.Start - 60_000, _one.Reports.UninterruptedSinceMs);
        Assert.Equal("silo two@1: suspended for 5m", _one.Reports.Reason);
        _rig.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(AlertingRig.Start - 60_000, _one.Reports.UninterruptedSinceMs);
    }

    [Fact]
    public void Continuity_ASiloFallsSilent_IsBrokenUntilItSpeaks()
    {
        _one.Reports.Take(_two.Self, Report(uninterruptedForMs: 3_600_000));
        _rig.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.True(_one.Reports.UninterruptedSinceMs > _rig.Clock.NowMs);
        _one.Reports.Take(_two.Self, Report(uninterruptedForMs: 3_606_000));
        Assert.Equal(AlertingRig.Start - 3_600_000, _one.Reports.UninterruptedSinceMs);
    }

    [Fact]
    public void Continuity_ASiloIsLost_BeginsAnew()
    {
        _one.Reports.Take(_two.Self, Report(uninterruptedForMs: 3_600_000));
        _rig.Clock.Advance(TimeSpan.FromSeconds(2));
        _cluster.Kill(_two);
        Assert.Equal(_rig.Clock.NowMs, _one.Reports.UninterruptedSinceMs);
        Assert.Equal("silo two@1 left or died", _one.Reports.Reason);
        // One came, one went.
        Assert.Equal(2, _one.Reports.Changes);
    }

    [Fact]
    public void Ready_OnlyWhoSaysSoAndIsUp()
    {
        Assert.Empty(_one.Reports.Ready);
        _one.Reports.Take(_one.Self, Report());
        _one.Reports.Take(_two.Self, Report());
        Assert.Equal([_one.Self, _two.Self], _one.Reports.Ready);
        _one.Reports.Take(_two.Self, Report() with { IsReady = false });
        Assert.Equal([_one.Self], _one.Reports.Ready);
        _cluster.Kill(_one);
        Assert.Empty(_one.Reports.Ready);
    }

    [Fact]
    public async Task Causes_OfAnotherSilo_InhibitHereAndForAWhileAfterItIsLost()
    {
        AlertNotice cause = Notice("Rack is down", AlertSeverity.Critical) with { Inhibits = true };
        AlertNotice consequence = Notice("CPU is hot", AlertSeverity.Warning);
        Assert.Null(await SuppressionAsync());
        _one.Reports.Take(_two.Self, AlertingReport.Decode((Report() with { Causes = [cause] }).Encode()));
        Assert.Equal(SuppressionReason.Inhibition, (await SuppressionAsync())!.Reason);
        _cluster.Kill(_two);
        _rig.Clock.Advance(TimeSpan.FromMinutes(1));
        _one.Reports.Look();
        Assert.NotNull(await SuppressionAsync());
        _rig.Clock.Advance(TimeSpan.FromMinutes(2));
        _one.Reports.Look();
        Assert.Null(await SuppressionAsync());

        async Task<Suppression?> SuppressionAsync() => await _one.Suppressions.FindAsync(consequence, _rig.Clock.NowMs, s_none);
    }

    [Fact]
    public async Task Observe_ASiloWasLost_WaitsForEveryLogAndReadsAgain()
    {
        _rig.Source.Set("cpu", 97);
        var observer = new InStepObserver(_rig.Source, _one.Reports, _one);
        var rule = new AlertRule { Id = Guid.NewGuid(), Name = "CPU is hot", MetricName = "cpu" };
        _cluster.Mute.Add(_two.Self);
        // A log that does not say that it is in step: no answer is better than a part of one.
        await Assert.ThrowsAsync<GrainUnavailableException>(() => observer.ObserveAsync(rule, 0, 60_000, s_none));
        _cluster.Mute.Clear();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Source.Gate = gate.Task;
        Task<ObservedValues> reading = observer.ObserveAsync(rule, 0, 60_000, s_none);
        _cluster.Kill(_two);
        gate.SetResult();
        Assert.Equal(97, Assert.Single((await reading).Groups).Value);
        // What was read while a silo was lost may have been a part.
        Assert.Equal(2, _rig.Source.Looks.Count);
        // Long after that nobody is asked any more.
        _rig.Clock.Advance(TimeSpan.FromMinutes(10));
        _cluster.Mute.Add(_one.Self);
        await observer.ObserveAsync(rule, 0, 60_000, s_none);
    }

    private static AlertingReport Report(long uninterruptedForMs = 3_600_000, string interruption = "started") => new(true, uninterruptedForMs, interruption, 0, [], [], [], RuleFigures.None);

    private static AlertNotice Notice(string rule, AlertSeverity severity) => new()
    {
        RuleId = Guid.NewGuid(),
        RuleName = rule,
        Severity = severity,
        MetricName = "m",
        Tags = TagSet.Of(("rack", "7")),
        Status = AlertStatus.Firing,
        IncidentMs = AlertingRig.Start,
        AtMs = AlertingRig.Start,
        Message = rule,
    };
}
