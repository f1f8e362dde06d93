using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresRetentionTests : RetentionContract
{
    protected override Task<StoreHarness> NewAsync() => PostgresHarness.NewAsync();
}
