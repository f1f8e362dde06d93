using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresRollupCursorTests : RollupCursorContract
{
    protected override Task<StoreHarness> NewAsync() => PostgresHarness.NewAsync();
}
