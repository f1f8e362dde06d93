using MetricsGrains.Contracts;
using MetricsGrains.Testbed;

namespace MetricsGrains.Crash.Tests.Stores;

/// <summary>The class needs a PostgreSQL server of its own.</summary>
public sealed class RequiresPostgresAttribute : RequirementAttribute
{
    public override string? Missing => PostgresCluster.Missing;
}
