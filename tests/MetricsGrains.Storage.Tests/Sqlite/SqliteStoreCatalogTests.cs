using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteStoreCatalogTests : StoreCatalogContract
{
    protected override Task<StoreHarness> NewAsync() => SqliteHarness.NewAsync();
}
