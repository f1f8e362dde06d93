using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresRollupDerivationTests : RollupDerivationContract
{
    protected override Task<StoreHarness> NewAsync() => PostgresHarness.NewAsync();
}
