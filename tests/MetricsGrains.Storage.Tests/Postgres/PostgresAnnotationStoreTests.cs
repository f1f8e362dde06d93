using MetricsGrains.Contracts;

namespace MetricsGrains.Storage.Tests.Postgres;

[RequiresPostgres]
public sealed class PostgresAnnotationStoreTests : AnnotationStoreContract
{
    protected override Task<StoreHarness> NewAsync() => PostgresHarness.NewAsync();
}
