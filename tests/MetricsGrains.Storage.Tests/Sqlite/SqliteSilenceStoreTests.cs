using MetricsGrains.Contracts.Alerting;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteSilenceStoreTests : SilenceStoreContract
{
    protected override Task<AlertStoreHarness> NewAsync() => SqliteAlertHarness.NewAsync();
}
