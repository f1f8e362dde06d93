using MetricsGrains.Contracts.Alerting;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresAlertStateStoreTests : AlertStateStoreContract
{
    protected override Task<AlertStoreHarness> NewAsync() => PostgresAlertHarness.NewAsync();
}
