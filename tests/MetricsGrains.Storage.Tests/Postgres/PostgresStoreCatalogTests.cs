using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresStoreCatalogTests : StoreCatalogContract
{
    protected override Task<StoreHarness> NewAsync() => PostgresHarness.NewAsync();
}
