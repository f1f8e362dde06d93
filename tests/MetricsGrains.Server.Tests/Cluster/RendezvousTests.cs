using MetricsGrains.Core.Model;
using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Server.Tests.Cluster;

public sealed class RendezvousTests
{
    private static readonly SiloId[] s_three = [new("10.0.0.1:11111@1"), new("10.0.0.2:11111@2"), new("10.0.0.3:11111@3")];
    private static readonly ulong[] s_metrics = [.. Enumerable.Range(0, 10_000).Select(i => StableHash.Of($"service.{i % 100}.requests.{i}"))];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void HomeOf_ManyMetrics_AreSpreadEvenly(int silos)
    {
        SiloId[] all = [.. Enumerable.Range(1, silos).Select(i => new SiloId($"10.0.0.{i}:11111@{i}"))];
        int share = s_metrics.Length / silos;
        Assert.All(all, silo => Assert.InRange(s_metrics.Count(m => Rendezvous.HomeOf(m, all) == silo), share * 9 / 10, share * 11 / 10));
    }

    [Fact]
    public void HomeOf_ASiloComesOrGoes_OnlyItsShareMoves()
    {
        SiloId[] two = s_three[..2];
        Assert.All(s_metrics, m => Assert.True(Rendezvous.HomeOf(m, s_three) == s_three[2] || Rendezvous.HomeOf(m, s_three) == Rendezvous.HomeOf(m, two)));
    }

    [Fact]
    public void HomeOf_ASiloIsStartedAgain_ItHasWhatItHad()
    {
        SiloId again = new("10.0.0.2:11111@77");
        SiloId[] restarted = [s_three[0], again, s_three[2]];
        Assert.All(s_metrics, m => Assert.Equal(Rendezvous.HomeOf(m, s_three) == s_three[1], Rendezvous.HomeOf(m, restarted) == again));
    }

    [Fact]
    public void HomeOf_SilosInAnotherOrder_IsTheSame() =>
        Assert.All(s_metrics, m => Assert.Equal(Rendezvous.HomeOf(m, s_three), Rendezvous.HomeOf(m, [.. s_three.Reverse()])));
}
