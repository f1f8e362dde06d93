using MetricsGrains.Contracts;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Postgres;

namespace MetricsGrains.Storage.Tests.Postgres;

/// <summary>A PostgreSQL store in a database of its own, dropped afterwards.</summary>
internal sealed class PostgresHarness : StoreHarness
{
    private PostgresStore _store;

    private PostgresHarness(string connectionString)
    {
        ConnectionString = connectionString;
        _store = New();
    }

    public string ConnectionString { get; }

    public PostgresStore Store => _store;

    public override IRollupStore Rollups => _store;

    public override IRawStore Raw => _store;

    public override IAnnotationStore Annotations => _store;

    public static async Task<PostgresHarness> OpenAsync()
    {
        var harness = new PostgresHarness(await PostgresTestServer.CreateDatabaseAsync());
        await harness._store.OpenAsync(CancellationToken.None);
        return harness;
    }

    public static async Task<StoreHarness> NewAsync() => await OpenAsync();

    public override async Task ReopenAsync()
    {
        await _store.DisposeAsync();
        _store = New();
        await _store.OpenAsync(CancellationToken.None);
    }

    public override async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await PostgresTestServer.DropDatabaseAsync(ConnectionString);
    }

    private PostgresStore New() => new(new PostgresStoreOptions { ConnectionString = ConnectionString }, TimeProvider.System);
}
