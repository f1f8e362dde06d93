using MetricsGrains.Contracts;
using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Model;
using MetricsGrains.Server.Cluster;
using MetricsGrains.Server.Hosting;

namespace MetricsGrains.Server.Tests.Cluster;

public sealed class MemberHostTests : IAsyncLifetime
{
    private const string Metric = "requests";

    private readonly SimCluster _cluster = new(1, new MetricGrainOptions(), isFaulty: false, speed: 1);
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly MemberHost _host;
    private OneMember? _member;

    public MemberHostTests()
    {
        SimSilo silo = _cluster.Start("b");
        _host = new MemberHost(new GrainLimits(new MetricGrainOptions(), new Dictionary<string, int>()), _cluster.Store, new SimPeers(_cluster, silo), silo.Id, _time);
    }

    public async Task InitializeAsync()
    {
        _member = new OneMember(await _host.ActivateAsync(Metric, CancellationToken.None));
        _host.Add(_member);
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    /// <summary>Rows wait while an origin is sending what it has, so one that is gone must not be waited for, however much the others send.</summary>
    [Fact]
    public async Task Tick_AnOriginIsSilentInTheMiddleOfWhatItSends_EndsTheGrainAfterHalfAMinute()
    {
        Send("a", join: true, caughtUp: false);
        Send("b", join: true, caughtUp: false);
        for (int seconds = 0; seconds < 30; seconds += 5)
        {
            Assert.False(_member!.HasEnded, $"after {seconds} s");
            await PassAsync();
        }
        await PassAsync();
        Assert.True(_member!.HasEnded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tick_AnOriginThatIsSlowLooksOrSends_LeavesTheGrain(bool looks)
    {
        Send("a", join: true, caughtUp: false);
        Send("b", join: true, caughtUp: false);
        for (int seconds = 0; seconds < 120; seconds += 5)
        {
            if (looks)
            {
                await _host.HoldingsAsync("a", TimeSpan.Zero);
            }
            else
            {
                Send("a", join: false, caughtUp: false);
            }
            await PassAsync();
        }
        Assert.False(_member!.HasEnded);
    }

    /// <summary>Five seconds, in which the other origin sends.</summary>
    private async Task PassAsync()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        Send("b", join: false, caughtUp: true);
        await _host.TickAsync(CancellationToken.None);
    }

    private void Send(string origin, bool join, bool caughtUp)
    {
        var writer = new DispatchWriter();
        writer.Begin(origin, long.MinValue);
        writer.BeginGroup(StableHash.Of(Metric), Metric, _member!.Member.Epoch, join, caughtUp);
        byte[] bytes = writer.ToArray();
        Assert.True(DispatchReader.TryRead(bytes, out DispatchReader reader) && reader.MoveNext());
        Assert.True(DispatchGroup.TryRead(bytes.AsSpan(reader.Current), out DispatchGroup group));
        Assert.Equal(DispatchStatus.InStep, _member.Member.Handle(origin, long.MinValue, ref group, _time.NowMs).Status);
    }

    private sealed class OneMember(MetricMember member) : IMemberTurns
    {
        public MetricMember Member => member;

        public string Metric => member.Name;

        public bool HasEnded { get; private set; }

        public Task<T> RunAsync<T>(Func<MetricMember, T> turn) => Task.FromResult(turn(member));

        public void End() => HasEnded = true;

        public void Move() => End();
    }
}
