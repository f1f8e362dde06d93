using System.Globalization;

namespace MetricsGrains.Dashboard.Overview;

/// <summary>Shell lines that send a metric to this node, for each way in that it listens on.</summary>
public static class FirstMetricLines
{
    /// <param name="page">The address in the user's browser: its host is one that reaches this node.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> For(IReadOnlyList<NodeListener> listeners, Uri page)
    {
        var lines = new List<KeyValuePair<string, string>>();
        foreach (NodeListener listener in listeners.Where(l => l is { Protocol: "statsd", Transport: "udp" or "tcp" }))
        {
            string flag = listener.Transport == "udp" ? "-u " : "";
            lines.Add(new($"StatsD over {listener.Transport.ToUpperInvariant()}",
                $"echo 'shop.orders:1|c|#region:eu' | nc {flag}-w1 {page.Host} {listener.Port.ToString(CultureInfo.InvariantCulture)}"));
        }
        lines.Add(new("JSON over HTTP",
            $"curl -X POST {page.GetLeftPart(UriPartial.Path).TrimEnd('/')}/api/v1/points -d '[{{\"name\":\"shop.temperature\",\"value\":21.5,\"tags\":{{\"room\":\"lab\"}}}}]'"));
        return lines;
    }
}
