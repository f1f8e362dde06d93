using Microsoft.Extensions.Configuration;

namespace MetricsGrains.Server.Composition;

/// <summary>Where settings come from; the later wins. The same for a node and for the operator's commands.</summary>
internal static class NodeConfiguration
{
    /// <param name="args">--MetricsGrains:KEY=VALUE.</param>
    public static void AddTo(IConfigurationBuilder configuration, IReadOnlyList<string> args) => configuration
        .SetBasePath(AppContext.BaseDirectory)
        .AddJsonFile("appsettings.json", optional: true)
        .AddJsonFile(Path.Combine(Directory.GetCurrentDirectory(), "appsettings.json"), optional: true)
        .AddEnvironmentVariables()
        .AddCommandLine([.. args]);
}
