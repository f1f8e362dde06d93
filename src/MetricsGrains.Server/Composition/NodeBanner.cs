namespace MetricsGrains.Server.Composition;

/// <summary>What a person who just started a node wants to know.</summary>
internal static class NodeBanner
{
    public static string Of(NodeRuntime node, int httpPort)
    {
        string statsD = (node.UdpPort, node.TcpPort) switch
        {
            ( < 0, < 0) => "off",
            ( < 0, int tcp) => $"TCP {tcp}",
            (int udp, < 0) => $"UDP {udp}",
            (int udp, int tcp) => $"UDP {udp}, TCP {tcp}",
        };
        return $"""

            MetricsGrains {NodeVersion.Text}, node {node.Options.NodeName}
              Dashboard  http://localhost:{httpPort}/
              HTTP API   http://localhost:{httpPort}/api/v1/points, /metrics
              StatsD     {statsD}
              Data       {node.Options.DataPath}
              Store      {node.Store.Description}
              Log        {node.Options.Log.Directory}, durability {node.Options.Log.Durability}
              {(node.Options.Demo ? "Demo       a shop is sending: look for shop.* on the dashboard\n" : "")}
            Ready. Stop with Ctrl+C.
            """;
    }
}
