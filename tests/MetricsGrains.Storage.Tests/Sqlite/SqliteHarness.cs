using MetricsGrains.Contracts;
using MetricsGrains.Core.Ports;
using MetricsGrains.Storage.Sqlite;

namespace MetricsGrains.Storage.Tests.Sqlite;

/// <summary>A SQLite store in a folder of its own, removed afterwards.</summary>
internal sealed class SqliteHarness : StoreHarness
{
    private SqliteStore _store;

    private SqliteHarness(string folder)
    {
        Folder = folder;
        _store = New();
    }

    public string Folder { get; }

    public string Path => System.IO.Path.Combine(Folder, "store.db");

    public SqliteStore Store => _store;

    public override IRollupStore Rollups => _store;

    public override IRawStore Raw => _store;

    public override IAnnotationStore Annotations => _store;

    public static async Task<StoreHarness> NewAsync()
    {
        var harness = new SqliteHarness(Directory.CreateTempSubdirectory("mg-store-").FullName);
        await harness._store.OpenAsync(CancellationToken.None);
        return harness;
    }

    public override async Task ReopenAsync()
    {
        await _store.DisposeAsync();
        _store = New();
        await _store.OpenAsync(CancellationToken.None);
    }

    public override async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private SqliteStore New() => new(new SqliteStoreOptions { Path = Path }, TimeProvider.System);
}
