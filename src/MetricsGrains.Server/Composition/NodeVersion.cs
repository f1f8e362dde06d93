using System.Reflection;

namespace MetricsGrains.Server.Composition;

/// <summary>The version people are told.</summary>
public static class NodeVersion
{
    public static string Text { get; } = typeof(NodeVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
