using MetricsGrains.Contracts.Alerting;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteAlertRuleStoreTests : AlertRuleStoreContract
{
    protected override Task<AlertStoreHarness> NewAsync() => SqliteAlertHarness.NewAsync();
}
