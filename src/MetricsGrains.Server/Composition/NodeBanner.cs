namespace MetricsGrains.Server.Composition;

/// <summary>What a person who just started a node wants to know.</summary>
internal static class NodeBanner
{
    public static string Of(NodeRuntime node, int httpPort)
    {
        string[] lines =
        [
            "",
            $"MetricsGrains {NodeVersion.Text}, node {node.Options.NodeName}",
            $"  Dashboard  http://localhost:{httpPort}/",
            node.Ingest is null ? $"  HTTP API   http://localhost:{httpPort}/metrics" : $"  HTTP API   http://localhost:{httpPort}/api/v1/points, /metrics",
            .. node.Ingest is { } ingest ? Ingest(node, ingest) : ["  Read-only  takes nothing in: shows what other nodes have written to the store"],
            $"  Store      {node.Store.Description}",
            .. node.Ingest is null ? [] : (string[])[$"  Log        {node.Options.Log.Directory}, durability {node.Options.Durability}"],
            .. node.Options.Demo ? (string[])["  Demo       a shop is sending: look for shop.* on the dashboard"] : [],
            "",
            "Ready. Stop with Ctrl+C.",
        ];
        return string.Join('\n', lines);
    }

    private static string[] Ingest(NodeRuntime node, IngestRuntime ingest)
    {
        string statsD = (ingest.UdpPort, ingest.TcpPort) switch
        {
            ( < 0, < 0) => "off",
            ( < 0, int tcp) => $"TCP {tcp}",
            (int udp, < 0) => $"UDP {udp}",
            (int udp, int tcp) => $"UDP {udp}, TCP {tcp}",
        };
        return [$"  StatsD     {statsD}", $"  Data       {node.Options.DataPath}"];
    }
}
