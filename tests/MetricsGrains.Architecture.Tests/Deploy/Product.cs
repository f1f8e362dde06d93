using MetricsGrains.Server.Options;
using Microsoft.Extensions.Configuration;

namespace MetricsGrains.Architecture.Tests.Deploy;

/// <summary>What the deployment is checked against: the product's own settings and endpoints.</summary>
internal static class Product
{
    private const string Prefix = NodeOptions.Section + "__";

    /// <summary>A silo's settings when nothing is set.</summary>
    public static NodeOptions Defaults { get; } = NodeOptions.Read(new ConfigurationBuilder().Build(), isSilo: true, out _);

    /// <summary>The ports that are listened on. Those of OTLP are reserved, and nothing listens there.</summary>
    public static IReadOnlyList<string> Ports { get; } = [.. ((string[])[$"{Defaults.Http.Port}/tcp", $"{Defaults.StatsD.TcpPort}/tcp", $"{Defaults.StatsD.UdpPort}/udp", $"{Defaults.Cluster!.SiloPort}/tcp"]).Order(StringComparer.Ordinal)];

    /// <summary>Reads settings as a silo does that finds them in its environment.</summary>
    /// <returns>What it would refuse to start for; empty: nothing.</returns>
    public static IReadOnlyList<string> Mistakes(IEnumerable<KeyValuePair<string, string>> environment)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(environment.Where(e => e.Key.StartsWith(Prefix, StringComparison.Ordinal)).Select(e => KeyValuePair.Create(e.Key.Replace("__", ":", StringComparison.Ordinal), (string?)e.Value)))
            .Build();
        NodeOptions.Read(configuration, isSilo: true, out IReadOnlyList<string> mistakes);
        return mistakes;
    }

    public static bool HasEndpoint(string path) =>
        Repository.SourceFiles.Where(f => f.Contains("/Api/", StringComparison.Ordinal)).SelectMany(Repository.Lines).Any(l => l.Contains($"(\"{path}\"", StringComparison.Ordinal));
}
