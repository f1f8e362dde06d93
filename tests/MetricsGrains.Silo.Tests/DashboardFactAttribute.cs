using MetricsGrains.Testbed;

namespace MetricsGrains.Silo.Tests;

/// <summary>A test that needs PostgreSQL and a silo with Orleans' dashboard; skipped, and says so, where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DashboardFactAttribute : FactAttribute
{
    public DashboardFactAttribute() => Skip = PostgresCluster.Missing ?? (File.Exists(Path.Combine(SiloCluster.Folder, "Orleans.Dashboard.dll")) ? null : "the silo was built without Orleans' dashboard: build with -p:OrleansDashboard=true");
}
