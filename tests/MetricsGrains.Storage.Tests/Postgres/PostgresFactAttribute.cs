namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>A fact that needs a PostgreSQL, or even one of our own, where roles can be made and backends stopped.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    public bool OwnServer { get; init; }

    public bool Timescale { get; init; }

    public bool Plain { get; init; }

    public override string Skip
    {
        get => (Timescale ? PostgresTestServer.TimescaleMissing : PostgresTestServer.Missing) ?? (OwnServer && !PostgresTestServer.IsOwn ? "needs a cluster of its own; unset MG_TEST_POSTGRES"
            : Plain && PostgresTestServer.TimescaleMissing is null ? "of a plain PostgreSQL; TimescaleDB takes other steps" : base.Skip);
        set => base.Skip = value;
    }
}
