using MetricsGrains.Contracts.Alerting;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteAlertEventStoreTests : AlertEventStoreContract
{
    protected override Task<AlertStoreHarness> NewAsync() => SqliteAlertHarness.NewAsync();
}
