using MetricsGrains.Dashboard;

namespace MetricsGrains.Server.Composition;

/// <summary>What the dashboard says about this node.</summary>
internal sealed class DashboardNodeStatus(NodeRuntime node, Func<int> httpPort) : INodeStatus
{
    public string NodeName => node.Options.NodeName;

    public string Version => NodeVersion.Text;

    public DateTimeOffset StartedAt => node.StartedAt;

    public IReadOnlyList<NodeListener> Listeners =>
        [.. ((NodeListener[])[new("statsd", "udp", node.Ingest?.UdpPort ?? -1), new("statsd", "tcp", node.Ingest?.TcpPort ?? -1), new("http", "http", httpPort())]).Where(l => l.Port > 0)];

    public bool IsReadOnly => node.Ingest is null;

    public string DataPath => node.Options.DataPath;

    public string StoreDescription => node.Options.StoreConnectionString.Length > 0 || IsReadOnly ? node.Store.Description : "SQLite";
}
