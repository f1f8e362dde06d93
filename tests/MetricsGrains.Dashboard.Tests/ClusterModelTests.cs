using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Ports;
using MetricsGrains.Dashboard.Cluster;

namespace MetricsGrains.Dashboard.Tests;

public sealed class ClusterModelTests
{
    [Fact]
    public async Task Update_SilosOfWhichOneIsSilent_NamesItAndMergesWhatTheOthersSay()
    {
        var model = new ClusterModel(new ClusterWatch(TimeProvider.System, new View()));
        Assert.True(await model.UpdateAsync(CancellationToken.None));
        Assert.Equal(3, model.Up);
        Assert.Equal(["10.0.0.3:11111@3"], model.Silent);
        Assert.Equal([("b", TimeSpan.FromMinutes(1))], model.ClocksOff);
        Assert.Equal([("b", 40ul), ("a", 0ul)], model.Logs.Select(l => (l.Node, l.Lag.Logged - l.Lag.Applied)));
        Assert.True(model.HasCopies);
        Assert.Equal("b", model.NameOf(model.Logs[1].Lag.Copy!.Keeper!));
        Assert.Equal("10.0.0.9:11111@9", model.NameOf("10.0.0.9:11111@9"));
        Assert.Equal([("b", "shop.orders"), ("a", "http.requests"), ("a", "cpu")], model.Hot.Select(h => (h.Node, h.Metric.Name)));
    }

    [Fact]
    public async Task Update_ManyViewers_TheSilosAreAskedOnce()
    {
        var view = new View();
        var watch = new ClusterWatch(TimeProvider.System, view);
        ClusterModel[] viewers = [.. Enumerable.Range(0, 10).Select(_ => new ClusterModel(watch))];
        Assert.All(await Task.WhenAll(viewers.Select(v => v.UpdateAsync(CancellationToken.None))), Assert.True);
        Assert.Equal(1, view.Asked);
        Assert.False(await viewers[0].UpdateAsync(CancellationToken.None));
    }

    private sealed class View : IClusterView
    {
        public int Asked { get; private set; }

        public string? AdminPages => null;

        public Task<ClusterSnapshot> LookAsync(CancellationToken cancel)
        {
            Asked++;
            var a = new SiloReport("a", "1.0", 1, 2, 20, 1000, 130, [new OriginLag("a/1", 100, 100, 0, new LogCopyStanding("10.0.0.2:11111@2", 100))], [new HotMetric("http.requests", 100, 10), new HotMetric("cpu", 30, 10)], RuleFigures.None);
            var b = new SiloReport("b", "1.0", 1, 1, 5, 500, 200, [new OriginLag("b/1", 90, 50, 3)], [new HotMetric("shop.orders", 200, 5)], RuleFigures.None);
            return Task.FromResult(new ClusterSnapshot("test", "10.0.0.1:11111@1",
                [new("10.0.0.1:11111@1", SiloState.Up, a, -300), new("10.0.0.2:11111@2", SiloState.Up, b, 60_000), new("10.0.0.3:11111@3", SiloState.Up, null, null), new("10.0.0.4:11111@4", SiloState.Joining, null, null)]));
        }
    }
}
