using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Sqlite;

public sealed class SqliteAnnotationStoreTests : AnnotationStoreContract
{
    protected override Task<StoreHarness> NewAsync() => SqliteHarness.NewAsync();
}
