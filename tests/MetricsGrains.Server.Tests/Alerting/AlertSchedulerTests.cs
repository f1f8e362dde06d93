using MetricsGrains.Core.Alerting;

namespace MetricsGrains.Server.Tests.Alerting;

public sealed class AlertSchedulerTests : IAsyncLifetime
{
    private const int Rules = 120;

    private AlertingRig _rig = null!;

    public async Task InitializeAsync()
    {
        _rig = await AlertingRig.StartAsync();
        for (int i = 0; i < Rules; i++)
        {
            // Fixed ids: the places of their turns follow from them.
            await _rig.AddRuleAsync($"r{i:000}", r => r with { Id = new Guid(i, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7), Channels = [] });
        }
    }

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    [Fact]
    public async Task Run_ManyRules_EachOnceAMinuteSpreadOverIt()
    {
        await _rig.RunAsync(TimeSpan.FromMinutes(3));
        var byRule = _rig.Source.Looks.GroupBy(l => l.Rule).ToList();
        Assert.Equal(Rules, byRule.Count);
        Assert.All(byRule, r =>
        {
            long[] at = [.. r.Select(l => l.AtMs)];
            Assert.Equal(3, at.Length);
            Assert.Equal([60_000, 60_000], at.Zip(at.Skip(1), (a, b) => b - a));
        });
        // Two a second on average; by chance some more, but never a burst.
        Assert.All(_rig.Source.Looks.GroupBy(l => l.AtMs), second => Assert.InRange(second.Count(), 1, 12));
        Assert.InRange(_rig.Source.Looks.Select(l => l.AtMs).Distinct().Count(), 100, 180);
    }

    [Fact]
    public async Task Run_AfterARestart_EachKeepsItsPlaceInTheMinute()
    {
        await _rig.RunAsync(TimeSpan.FromMinutes(1));
        Dictionary<string, long> before = _rig.Source.Looks.ToDictionary(l => l.Rule, l => l.AtMs % 60_000);
        _rig.Source.Looks.Clear();
        await _rig.RestartAsync();
        await _rig.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(before.OrderBy(l => l.Key), _rig.Source.Looks.ToDictionary(l => l.Rule, l => l.AtMs % 60_000).OrderBy(l => l.Key));
    }

    [Fact]
    public async Task Run_NothingIsInTheWay_LatenessIsThatOfALook()
    {
        await _rig.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(2 * Rules, _rig.Lateness.Count);
        Assert.All(_rig.Lateness, l => Assert.InRange(l, 0, 1_000));
    }

    [Fact]
    public async Task Run_ProcessWasSuspended_EachOnceAndAsLateAsItIs()
    {
        await _rig.RunAsync(TimeSpan.FromMinutes(1));
        _rig.Source.Looks.Clear();
        _rig.Clock.Advance(TimeSpan.FromMinutes(5));
        await _rig.LookAsync();
        Assert.Equal(Rules, _rig.Source.Looks.Select(l => l.Rule).Distinct().Count());
        Assert.Equal(Rules, _rig.Source.Looks.Count);
        Assert.Equal(Rules, _rig.Lateness.Skip(Rules).Count(l => l is >= 240_000 and <= 300_000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Run_ClockIsSetByAnHour_EachGoesOnOnceAMinute(int hours)
    {
        await _rig.RunAsync(TimeSpan.FromMinutes(1));
        _rig.Source.Looks.Clear();
        _rig.Clock.Set(TimeSpan.FromHours(hours));
        await _rig.LookAsync();
        Assert.Empty(_rig.Source.Looks);
        await _rig.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(Rules, _rig.Source.Looks.Select(l => l.Rule).Distinct().Count());
        Assert.Equal(Rules, _rig.Source.Looks.Count);
    }

    [Fact]
    public async Task Run_EvaluationsHang_OthersGoOnAndLatenessShowsThoseThatWaited()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _rig.RunAsync(TimeSpan.FromMinutes(1));
        _rig.Source.Gate = gate.Task;
        // Sixteen rules get stuck; there is room for as many more.
        while (_rig.Source.Looks.Count < Rules + 16)
        {
            await _rig.RunAsync(TimeSpan.FromSeconds(1));
        }
        int stuck = _rig.Source.Looks.Count - Rules;
        _rig.Source.Gate = Task.CompletedTask;
        for (int second = 0; second < 65; second++)
        {
            _rig.Clock.Advance(TimeSpan.FromSeconds(1));
            _rig.Scheduler.Look(CancellationToken.None);
            await Task.Delay(2);
        }
        await Eventually.TrueAsync(() => _rig.Source.Looks.Skip(Rules).Select(l => l.Rule).Distinct().Count() == Rules, "all others are evaluated");
        Assert.All(_rig.Lateness, l => Assert.InRange(l, 0, 1_000));
        Assert.InRange(stuck, 16, 31);
        gate.SetResult();
        await _rig.LookAsync();
        Assert.All(_rig.Rules.Shells, s => Assert.Equal(AlertPhase.Inactive, s.Standing.State.Instances[0].State.Phase));
    }
}
