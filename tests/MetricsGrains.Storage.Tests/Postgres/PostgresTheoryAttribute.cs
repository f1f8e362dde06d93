namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>A theory that needs a PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public override string Skip
    {
        get => PostgresTestServer.Missing ?? base.Skip;
        set => base.Skip = value;
    }
}
