using MetricsGrains.Contracts.Alerting;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteAlertStateStoreTests : AlertStateStoreContract
{
    protected override Task<AlertStoreHarness> NewAsync() => SqliteAlertHarness.NewAsync();
}
