using System.Collections.Concurrent;
using MetricsGrains.Contracts;
using MetricsGrains.Core.Grains;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;
using MetricsGrains.Server.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetricsGrains.Server.Tests.Cluster;

/// <summary>Three silos and, for every origin that a test names, a node with a log of that name. Samples without an origin get one: in a cluster everything is logged.</summary>
internal sealed class ClusterHarness : GrainsHarness, IGrains
{
    private readonly SimCluster _cluster;
    private readonly ConcurrentDictionary<string, Lazy<Node>> _nodes = new(StringComparer.Ordinal);
    private long _unlogged;

    private ClusterHarness(SimCluster cluster) => _cluster = cluster;

    public override IGrains Grains => this;

    public static async Task<GrainsHarness> StartAsync(MetricGrainOptions options)
    {
        var cluster = new SimCluster(1, options, isFaulty: false, speed: 1);
        for (int i = 1; i <= 3; i++)
        {
            await cluster.StartAsync($"silo-{i}");
        }
        return new ClusterHarness(cluster);
    }

    public ValueTask<AppendResult> AppendAsync(ReadOnlyMemory<byte> batch, BatchOrigin origin, CancellationToken cancel)
    {
        bool isLogged = origin.Origin.Length > 0;
        Node node = NodeOf(isLogged ? origin.Origin : "unlogged");
        lock (node)
        {
            ulong sequence = isLogged ? origin.Sequence : (ulong)++_unlogged;
            node.Log.Put(sequence, batch);
            return node.Host.AppendAsync(batch, origin with { Sequence = sequence }, cancel);
        }
    }

    public ValueTask<MetricAnswer?> QueryAsync(string metric, AggregateQuery query, CancellationToken cancel) => NodeOf("node-1").Host.QueryAsync(metric, query, cancel);

    public ValueTask<long?> FlushEpochAsync(string metric, CancellationToken cancel) => NodeOf("node-1").Host.FlushEpochAsync(metric, cancel);

    public ValueTask<MetricSummary?> DescribeAsync(string metric, CancellationToken cancel) => NodeOf("node-1").Host.DescribeAsync(metric, cancel);

    public ValueTask<IReadOnlyList<MetricSummary>> ListAsync(string contains, string after, int limit, CancellationToken cancel) => NodeOf("node-1").Host.ListAsync(contains, after, limit, cancel);

    public ValueTask<IReadOnlyList<ActiveSeries>> ListSeriesAsync(string metric, int limit, CancellationToken cancel) => NodeOf("node-1").Host.ListSeriesAsync(metric, limit, cancel);

    public override async ValueTask DisposeAsync()
    {
        foreach (Lazy<Node> node in _nodes.Values)
        {
            await node.Value.Host.DisposeAsync();
        }
        await _cluster.DisposeAsync();
    }

    private Node NodeOf(string origin) => _nodes.GetOrAdd(origin, name => new Lazy<Node>(() => Start(name))).Value;

    private Node Start(string origin)
    {
        SimSilo silo = _cluster.Up[0];
        var peers = new SimPeers(_cluster, silo);
        var log = new RecordLog();
        var dispatch = new OriginDispatch(origin, long.MinValue, log, peers, _cluster.Options.LiveWindow, SimSilo.Timings with { Call = TimeSpan.FromSeconds(30) }, _cluster.Time, NullLogger<OriginDispatch>.Instance);
        silo.Origins.Add(dispatch);
        dispatch.Start();
        return new Node(log, new ClusterGrainHost(dispatch, silo.Members, peers, _cluster.Time, () => Task.CompletedTask));
    }

    private sealed record Node(RecordLog Log, ClusterGrainHost Host);
}

public sealed class ClusterAppendTests : GrainsAppendContract
{
    protected override Task<GrainsHarness> NewAsync(MetricGrainOptions options) => ClusterHarness.StartAsync(options);
}

public sealed class ClusterReadTests : GrainsReadContract
{
    protected override Task<GrainsHarness> NewAsync(MetricGrainOptions options) => ClusterHarness.StartAsync(options);
}
