using MetricsGrains.Contracts.Alerting;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteChannelStoreTests : ChannelStoreContract
{
    protected override Task<AlertStoreHarness> NewAsync() => SqliteAlertHarness.NewAsync();
}
