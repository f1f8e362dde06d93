using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteRawStoreTests : RawStoreContract
{
    protected override Task<StoreHarness> NewAsync() => SqliteHarness.NewAsync();
}
