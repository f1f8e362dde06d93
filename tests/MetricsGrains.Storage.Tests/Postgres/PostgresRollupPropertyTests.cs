using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresRollupPropertyTests : RollupPropertyContract
{
    protected override Task<StoreHarness> NewAsync() => PostgresHarness.NewAsync();
}
