using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteRollupPropertyTests : RollupPropertyContract
{
    protected override Task<StoreHarness> NewAsync() => SqliteHarness.NewAsync();
}
