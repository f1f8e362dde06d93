using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Dashboard.Alerting;
using MetricsGrains.Testbed;

namespace MetricsGrains.Dashboard.Tests.Alerting;

public class AlertStandingsTests
{
    private readonly FakeAlertGrains _grains = new();
    private readonly ManualClock _clock = Sample.Clock();

    [Fact]
    public async Task ReadAsync_ManyReadersWithinItsAge_AsksTheGrainsOnce()
    {
        var standings = new AlertStandings(_clock, _grains);
        AlertSnapshot first = await standings.ReadAsync(default);
        Assert.Same(first, await standings.ReadAsync(default));
        Assert.Equal(1, _grains.Reads);
        _clock.Advance(AlertStandings.MaxAge);
        Assert.NotSame(first, await standings.ReadAsync(default));
    }

    [Fact]
    public async Task ReadAsync_AfterExpire_ReadsAnew()
    {
        var standings = new AlertStandings(_clock, _grains);
        await standings.ReadAsync(default);
        _grains.Put(Sample.Rule("a"));
        standings.Expire();
        Assert.Single((await standings.ReadAsync(default)).Rules);
    }

    [Fact]
    public async Task ReadAsync_Failed_IsNotRemembered()
    {
        var standings = new AlertStandings(_clock, _grains);
        _grains.Failure = new StoreUnavailableException("no store");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => standings.ReadAsync(default));
        _grains.Failure = null;
        Assert.Empty((await standings.ReadAsync(default)).Rules);
    }

    [Fact]
    public async Task FiringCount_MutedAndPending_AreNotCountedAndTheWorstSeverityIs()
    {
        _grains.Put(Sample.Rule("warns"), Sample.Instance(AlertPhase.Firing, "eu"), Sample.Instance(AlertPhase.NoData, "us"));
        _grains.Put(Sample.Rule("quiet", AlertSeverity.Critical), Sample.Instance(AlertPhase.Muted, "eu", AlertPhase.Firing));
        _grains.Put(Sample.Rule("waits", AlertSeverity.Critical), Sample.Instance(AlertPhase.Pending));
        var count = new FiringCount(new AlertStandings(_clock, _grains));
        int changes = 0;
        count.Changed += () => changes++;
        await count.UpdateAsync(Sample.Now, default);
        await count.UpdateAsync(Sample.Now + 1000, default);
        Assert.Equal((2, AlertSeverity.Warning, "(2) ", 1), (count.Value, count.Worst, count.TitlePrefix, changes));
    }

    [Fact]
    public async Task FiringCount_ErrorOverFiring_IsStillCounted()
    {
        _grains.Put(Sample.Rule("blind"), Sample.Instance(AlertPhase.Error, "eu", AlertPhase.Firing));
        var count = new FiringCount(new AlertStandings(_clock, _grains));
        await count.UpdateAsync(Sample.Now, default);
        Assert.Equal(1, count.Value);
    }
}
