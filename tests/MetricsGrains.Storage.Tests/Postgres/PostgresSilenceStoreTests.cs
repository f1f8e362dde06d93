using MetricsGrains.Contracts.Alerting;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresSilenceStoreTests : SilenceStoreContract
{
    protected override Task<AlertStoreHarness> NewAsync() => PostgresAlertHarness.NewAsync();
}
