using MetricsGrains.Testbed;

namespace MetricsGrains.Silo.Tests;

/// <summary>A test that needs PostgreSQL and libfaketime; skipped, and says so, where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ClockFactAttribute : FactAttribute
{
    public ClockFactAttribute() => Skip = PostgresCluster.Missing ?? FakeClock.Missing;
}
