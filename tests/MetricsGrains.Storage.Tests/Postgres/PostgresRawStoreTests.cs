using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresRawStoreTests : RawStoreContract
{
    protected override Task<StoreHarness> NewAsync() => PostgresHarness.NewAsync();
}
