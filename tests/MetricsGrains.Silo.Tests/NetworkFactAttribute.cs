using MetricsGrains.Testbed;

namespace MetricsGrains.Silo.Tests;

/// <summary>A test that needs PostgreSQL and network namespaces; skipped, and says so, where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NetworkFactAttribute : FactAttribute
{
    public NetworkFactAttribute() => Skip = PostgresCluster.Missing ?? SiloNetwork.Missing;
}
