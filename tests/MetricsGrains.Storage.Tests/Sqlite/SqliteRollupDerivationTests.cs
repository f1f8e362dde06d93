using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteRollupDerivationTests : RollupDerivationContract
{
    protected override Task<StoreHarness> NewAsync() => SqliteHarness.NewAsync();
}
