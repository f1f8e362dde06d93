using MetricsGrains.Testbed;

namespace MetricsGrains.Silo.Tests;

/// <summary>A test that needs PostgreSQL and the silo of an earlier version beside ours; skipped, and says so, where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OlderSiloFactAttribute : FactAttribute
{
    public OlderSiloFactAttribute() => Skip = PostgresCluster.Missing
        ?? (Older is null ? "MG_OLDER_SILO is not set: the metricsgrains-silo.dll of an earlier version, built from its commit" : File.Exists(Older) ? null : $"MG_OLDER_SILO: there is no {Older}");

    /// <summary>Its program.</summary>
    public static string? Older { get; } = Environment.GetEnvironmentVariable("MG_OLDER_SILO");
}
