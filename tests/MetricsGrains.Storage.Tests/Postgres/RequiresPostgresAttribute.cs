using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>The class needs a PostgreSQL: the one that MG_TEST_POSTGRES names, or one that can be started here.</summary>
public sealed class RequiresPostgresAttribute : RequirementAttribute
{
    public override string? Missing => PostgresTestServer.Missing;
}
