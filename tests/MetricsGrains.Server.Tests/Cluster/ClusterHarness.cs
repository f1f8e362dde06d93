using MetricsGrains.Contracts;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Cluster;

/// <summary>Three simulated silos.</summary>
internal sealed class ClusterHarness : LoggedGrainsHarness
{
    private readonly SimCluster _cluster;

    private ClusterHarness(SimCluster cluster) => _cluster = cluster;

    public static async Task<GrainsHarness> StartAsync(MetricGrainOptions options)
    {
        var cluster = new SimCluster(1, options, isFaulty: false, speed: 1);
        for (int i = 1; i <= 3; i++)
        {
            cluster.Start($"silo-{i}");
        }
        return new ClusterHarness(cluster);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    protected override IGrains Begin(string origin, IRecordLog log)
    {
        SimSilo silo = _cluster.Up[0];
        var peers = new SimPeers(_cluster, silo);
        var dispatch = new OriginDispatch(origin, long.MinValue, log, peers, _cluster.Options.LiveWindow, SimSilo.Timings with { Call = TimeSpan.FromSeconds(30) }, _cluster.Time, NullLogger<OriginDispatch>.Instance);
        silo.Origins.Add(dispatch);
        dispatch.Start();
        dispatch.EndReplay();
        return new ClusterGrainHost(dispatch, silo.Members, peers, _cluster.Time, () => Task.CompletedTask);
    }
}

public sealed class ClusterAppendTests : GrainsAppendContract
{
    protected override Task<GrainsHarness> NewAsync(MetricGrainOptions options) => ClusterHarness.StartAsync(options);
}

public sealed class ClusterReadTests : GrainsReadContract
{
    protected override Task<GrainsHarness> NewAsync(MetricGrainOptions options) => ClusterHarness.StartAsync(options);
}
