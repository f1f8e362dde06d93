using MetricsGrains.Testbed;

namespace MetricsGrains.Node.Tests;

/// <summary>A test that needs PostgreSQL; skipped, and says why, where there is none.</summary>
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresCluster.Missing;
}
