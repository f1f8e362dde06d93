using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresRollupStoreTests : RollupStoreContract
{
    protected override Task<StoreHarness> NewAsync() => PostgresHarness.NewAsync();
}
