using MetricsGrains.Contracts.Alerting;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresAlertEventStoreTests : AlertEventStoreContract
{
    protected override Task<AlertStoreHarness> NewAsync() => PostgresAlertHarness.NewAsync();
}
