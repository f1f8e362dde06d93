using MetricsGrains.Contracts.Alerting;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresChannelStoreTests : ChannelStoreContract
{
    protected override Task<AlertStoreHarness> NewAsync() => PostgresAlertHarness.NewAsync();
}
