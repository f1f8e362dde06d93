using MetricsGrains.Server.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Cluster;

/// <summary>Whose clock is off is decided by most of them, and by those that answer.</summary>
public sealed class ClockWatchTests
{
    private static readonly SiloId s_self = new("a");

    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly Dictionary<SiloId, Func<Task<long>>> _others = [];

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(60, 60, true)]
    [InlineData(-60, -60, true)]
    [InlineData(60, 0, false)]
    [InlineData(4, 4, false)]
    [InlineData(60, -60, false)]
    public async Task Look_OfThree_IsOffWhereTheOtherTwoAgree(int second, int third, bool isOff)
    {
        Add("b", second);
        Add("c", third);
        Assert.Equal(isOff, await LookAsync());
    }

    [Fact]
    public async Task Look_OfTwoThatDiffer_NobodyKnowsWhich()
    {
        Add("b", 60);
        Assert.False(await LookAsync());
    }

    [Fact]
    public async Task Look_OthersThatDoNotAnswer_HaveNoSay()
    {
        Add("b", 60);
        Add("c", 60);
        _others[new SiloId("d")] = () => Task.FromException<long>(new TimeoutException());
        Assert.True(await LookAsync());
        _others[new SiloId("c")] = () => Task.FromException<long>(new TimeoutException());
        Assert.False(await LookAsync());
    }

    [Fact]
    public async Task Look_AnswerThatTookLong_IsNoClockToGoBy()
    {
        foreach (string name in (string[])["b", "c"])
        {
            _others[new SiloId(name)] = () =>
            {
                long then = _time.NowMs;
                _time.Advance(TimeSpan.FromMinutes(1));
                return Task.FromResult(then);
            };
        }
        Assert.False(await LookAsync());
    }

    [Fact]
    public async Task Look_ClockThatWasSet_IsRightAgain()
    {
        Add("b", 60);
        Add("c", 60);
        var watch = Watch();
        await watch.LookAsync(CancellationToken.None);
        Assert.True(watch.IsOutlier);
        Add("b", 0);
        Add("c", 0);
        await watch.LookAsync(CancellationToken.None);
        Assert.False(watch.IsOutlier);
    }

    private void Add(string name, int secondsAhead) => _others[new SiloId(name)] = () => Task.FromResult(_time.NowMs + (secondsAhead * 1_000));

    private ClockWatch Watch() => new(s_self, () => [s_self, .. _others.Keys], (silo, _) => _others[silo](), _time, NullLogger<ClockWatch>.Instance);

    private async Task<bool> LookAsync()
    {
        ClockWatch watch = Watch();
        await watch.LookAsync(CancellationToken.None);
        return watch.IsOutlier;
    }
}
