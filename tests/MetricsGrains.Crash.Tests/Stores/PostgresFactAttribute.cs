using MetricsGrains.Testbed;

namespace MetricsGrains.Crash.Tests.Stores;

/// <summary>A test that needs a PostgreSQL server of its own; skipped, and says so, where none is installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresCluster.Missing;
}
