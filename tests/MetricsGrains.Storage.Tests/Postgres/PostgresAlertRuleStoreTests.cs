using MetricsGrains.Contracts.Alerting;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresAlertRuleStoreTests : AlertRuleStoreContract
{
    protected override Task<AlertStoreHarness> NewAsync() => PostgresAlertHarness.NewAsync();
}
