using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteRetentionTests : RetentionContract
{
    protected override Task<StoreHarness> NewAsync() => SqliteHarness.NewAsync();
}
