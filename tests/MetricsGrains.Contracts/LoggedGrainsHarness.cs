using System.Collections.Concurrent;
using MetricsGrains.Core.Ports;
using MetricsGrains.Core.Windows;

namespace MetricsGrains.Contracts;

/// <summary>A cluster, and for every origin that a test names a node of it with a log of that name. Samples without an origin get one: in a cluster everything is logged.</summary>
public abstract class LoggedGrainsHarness : GrainsHarness, IGrains
{
    private readonly ConcurrentDictionary<string, Lazy<Node>> _nodes = new(StringComparer.Ordinal);
    private long _unlogged;

    public sealed override IGrains Grains => this;

    private IGrains Asked => NodeOf("node-1").Grains;

    public ValueTask<AppendResult> AppendAsync(ReadOnlyMemory<byte> batch, BatchOrigin origin, CancellationToken cancel)
    {
        bool isLogged = origin.Origin.Length > 0;
        Node node = NodeOf(isLogged ? origin.Origin : "unlogged");
        lock (node)
        {
            ulong sequence = isLogged ? origin.Sequence : (ulong)++_unlogged;
            node.Log.Put(sequence, batch);
            return node.Grains.AppendAsync(batch, origin with { Sequence = sequence }, cancel);
        }
    }

    public ValueTask<MetricAnswer?> QueryAsync(string metric, AggregateQuery query, CancellationToken cancel) => Asked.QueryAsync(metric, query, cancel);

    public ValueTask<long?> FlushEpochAsync(string metric, CancellationToken cancel) => Asked.FlushEpochAsync(metric, cancel);

    public ValueTask<MetricSummary?> DescribeAsync(string metric, CancellationToken cancel) => Asked.DescribeAsync(metric, cancel);

    public ValueTask<IReadOnlyList<MetricSummary>> ListAsync(string contains, string after, int limit, CancellationToken cancel) => Asked.ListAsync(contains, after, limit, cancel);

    public ValueTask<IReadOnlyList<ActiveSeries>> ListSeriesAsync(string metric, int limit, CancellationToken cancel) => Asked.ListSeriesAsync(metric, limit, cancel);

    public override async ValueTask DisposeAsync()
    {
        foreach (Lazy<Node> node in _nodes.Values)
        {
            await (node.Value.Grains is IAsyncDisposable owned ? owned.DisposeAsync() : ValueTask.CompletedTask);
        }
    }

    /// <summary>Begins to hand over what an origin logs.</summary>
    /// <returns>The grains as a node with that log sees them; ended with this harness.</returns>
    protected abstract IGrains Begin(string origin, IRecordLog log);

    private Node NodeOf(string origin) => _nodes.GetOrAdd(origin, name => new Lazy<Node>(() =>
    {
        var log = new RecordLog();
        return new Node(log, Begin(name, log));
    })).Value;

    private sealed record Node(RecordLog Log, IGrains Grains);
}
