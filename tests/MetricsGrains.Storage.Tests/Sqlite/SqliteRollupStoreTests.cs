using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteRollupStoreTests : RollupStoreContract
{
    protected override Task<StoreHarness> NewAsync() => SqliteHarness.NewAsync();
}
