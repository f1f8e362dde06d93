using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteRollupCursorTests : RollupCursorContract
{
    protected override Task<StoreHarness> NewAsync() => SqliteHarness.NewAsync();
}
